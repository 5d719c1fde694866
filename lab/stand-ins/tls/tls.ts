import { KeptInState } from "../kept-in-state";
import { packageVersion } from "../package-version";
import { certRequest, locallySignedCert, selfSignedCert } from "./certificates";
import { privateKey } from "./private-key";

/** The stand-in for the provider of `@pulumi/tls`. */
export function tls(): KeptInState {
    return new KeptInState(
        packageVersion("tls"),
        new Map([
            ["tls:index/privateKey:PrivateKey", privateKey],
            ["tls:index/selfSignedCert:SelfSignedCert", selfSignedCert],
            ["tls:index/certRequest:CertRequest", certRequest],
            ["tls:index/locallySignedCert:LocallySignedCert", locallySignedCert],
        ]),
    );
}
