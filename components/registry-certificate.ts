import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const TEN_YEARS_IN_HOURS = 10 * 365 * 24;
const THIRTY_DAYS_IN_HOURS = 30 * 24;

/** A certificate authority of the platform's own, and the registry's certificate signed by it. */
export class RegistryCertificate extends pulumi.ComponentResource {
    /** The authority's certificate, PEM: what clients of the registry must trust. */
    readonly authority: pulumi.Output<string>;
    /** The registry's certificate, PEM. */
    readonly certificate: pulumi.Output<string>;
    /** The registry's private key, PEM; a secret. */
    readonly privateKey: pulumi.Output<string>;

    /** @param args.host - IPv4 address or DNS name under which the registry is reached; the certificate's only name */
    constructor(name: string, args: { host: string }, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:RegistryCertificate", name, {}, options);
        const child = { parent: this };
        const authorityKey = new tls.PrivateKey(
            `${name}-authority-key`,
            { algorithm: "ECDSA", ecdsaCurve: "P256" },
            child,
        );
        const authority = new tls.SelfSignedCert(
            `${name}-authority`,
            {
                privateKeyPem: authorityKey.privateKeyPem,
                subject: { commonName: "slsa-build-platform image registry" },
                isCaCertificate: true,
                allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
                validityPeriodHours: TEN_YEARS_IN_HOURS,
                earlyRenewalHours: THIRTY_DAYS_IN_HOURS,
            },
            child,
        );
        const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child);
        const isAddress = /^[0-9.]+$/.test(args.host);
        const request = new tls.CertRequest(
            `${name}-request`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: { commonName: args.host },
                ...(isAddress ? { ipAddresses: [args.host] } : { dnsNames: [args.host] }),
            },
            child,
        );
        const certificate = new tls.LocallySignedCert(
            `${name}-certificate`,
            {
                certRequestPem: request.certRequestPem,
                caPrivateKeyPem: authorityKey.privateKeyPem,
                caCertPem: authority.certPem,
                allowedUses: ["digital_signature", "key_encipherment", "server_auth"],
                validityPeriodHours: TEN_YEARS_IN_HOURS,
                earlyRenewalHours: THIRTY_DAYS_IN_HOURS,
            },
            child,
        );
        this.authority = authority.certPem;
        this.certificate = certificate.certPem;
        this.privateKey = pulumi.secret(key.privateKeyPem);
        this.registerOutputs({ authority: this.authority });
    }
}
