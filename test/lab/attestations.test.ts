import { attestationOf } from "../../lab/bench/attestations";
import { attestationPath, logEvent, registryEvent, type ChainsEvent } from "../../lab/bench/log-lines";

const digest = (letter: string): string => letter.repeat(64);
const image = (letter: string): string => `registry.test:5000/hello/hello@sha256:${digest(letter)}`;

/** A line as `kubectl logs --timestamps` writes it, so many milliseconds after the hour. */
const stamp = (at: number, line: string): string =>
    `2026-11-25T08:00:${String(Math.floor(at / 1000)).padStart(2, "0")}.${String(at % 1000).padStart(3, "0")}123456Z ${line}`;

const HOUR = Date.parse("2026-11-25T08:00:00Z");

const nginx = (at: number, method: string, path: string, status = 201, identity = "chains"): string =>
    stamp(at, `2026-11-25T08:00:00+00:00 identity=${identity} ${method} ${path} ${String(status)}`);

const rekor = (at: number, method: string, path: string, status: number): string =>
    stamp(
        at,
        `2026-11-25T08:00:00.000Z\t\u001b[34mINFO\u001b[0m\trestapi/configure_rekor_server.go:242\tcompleted request\t` +
            `{"operation": {"id": "rekor-7d78c64d74-lmvvf/xSDBbiKsgd-000052"}, "httpRequest": {"requestMethod": "${method}", ` +
            `"requestUrl": "http://rekor.test:3000${path}", "requestSize": "6278", "status": ${String(status)}, ` +
            `"responseSize": "1437", "userAgent": "Go-http-client/1.1", "remoteIp": "10.0.0.9:48918", ` +
            `"latency": "0.213060336s", "protocol": "HTTP/1.1"}}`,
    );

const UPLOAD = "/v2/hello/hello/blobs/uploads/";
const att = (letter: string): string => `/v2/hello/hello/manifests/sha256-${digest(letter)}.att`;
const ENTRIES = "/api/v1/log/entries";

describe("a line of the registry", () => {
    test("tells when Chains has written an attestation, to the millisecond, and where", () => {
        expect(registryEvent(nginx(12_345, "PUT", att("a")))).toEqual({
            at: HOUR + 12_345,
            kind: "attestation",
            path: attestationPath(image("a")),
        });
    });

    test.each([
        ["the begin of an upload", nginx(1, "POST", UPLOAD, 202)],
        ["the end of one", nginx(1, "PUT", `${UPLOAD}0b1d7e3c-2a8f-4a57-9d9f-4b7f1a6f8c11`)],
        ["a signature", nginx(1, "PUT", att("a").replace(/att$/, "sig"))],
    ])("tells of another write of Chains: %s", (_what, line) => {
        expect(registryEvent(line)).toEqual({ at: HOUR + 1, kind: "write" });
    });

    test.each([
        [
            "a write of somebody else",
            nginx(1, "PUT", `/v2/hello/hello/manifests/sha256:${digest("a")}`, 201, "push-hello"),
        ],
        ["an attestation by somebody else", nginx(1, "PUT", att("a"), 201, "push-hello")],
        ["a write that was refused", nginx(1, "PUT", att("a"), 401)],
        ["a write that failed", nginx(1, "PUT", att("a"), 502)],
        ["nginx' own words", stamp(1, "2026/11/25 08:00:00 [warn] 7#7: *1 an upstream response is buffered")],
    ])("tells nothing when it is of %s", (_what, line) => {
        expect(registryEvent(line)).toBeUndefined();
    });
});

describe("a line of Rekor", () => {
    test.each([
        ["was made", 201],
        ["was there already, after an attempt that failed", 409],
    ])("tells of an entry that %s", (_what, status) => {
        expect(logEvent(rekor(7, "POST", ENTRIES, status))).toEqual({ at: HOUR + 7, kind: "entry" });
    });

    test.each([
        ["an entry that could not be made", rekor(7, "POST", ENTRIES, 500)],
        ["a search of whoever verifies", rekor(7, "POST", `${ENTRIES}/retrieve`, 201)],
        ["an entry that is read", rekor(7, "GET", ENTRIES, 201)],
        ["a probe", rekor(7, "GET", "/api/v1/log", 200)],
        [
            "no request",
            stamp(7, "2026-11-25T08:00:00.000Z\t\u001b[34mINFO\u001b[0m\tapp/serve.go:84\tstarting rekor-server @ {"),
        ],
        ["the rest of what it began", stamp(7, '  "gitVersion": "v1.5.4",')],
    ])("tells nothing when it is of %s", (_what, line) => {
        expect(logEvent(line)).toBeUndefined();
    });
});

test("a line without the time of the container runtime is refused", () => {
    const line = "2026-11-25T08:00:00+00:00 identity=chains PUT /v2/a/b/blobs/uploads/c 201";
    expect(() => registryEvent(line)).toThrow("without the time of the container runtime");
    expect(() => logEvent(line)).toThrow("without the time of the container runtime");
});

test.each(["hello/hello", `hello@sha256:${digest("a")}`, `registry.test/hello:main`, `${image("a")} `])(
    "what is no image by digest has no attestation: %s",
    (name) => {
        expect(() => attestationPath(name)).toThrow("no image by digest");
    },
);

describe("the provenance of a run", () => {
    const write = (at: number): ChainsEvent => ({ at, kind: "write" });
    const attestation = (at: number, letter: string): ChainsEvent => ({
        at,
        kind: "attestation",
        path: attestationPath(image(letter)),
    });
    const entry = (at: number): ChainsEvent => ({ at, kind: "entry" });

    /** Three runs, one after another; the second pushed two images. */
    const LOGS = [
        ...[write(10), write(11), attestation(12, "a"), entry(15)],
        ...[write(20), attestation(22, "b"), write(23), attestation(24, "c"), entry(28)],
        ...[write(30), attestation(31, "d"), entry(39)],
    ];

    test("is told by its images, and by what comes before and after them", () => {
        expect(attestationOf(LOGS, [image("a")])).toEqual({ written: 10, stored: 12, logged: 15 });
        expect(attestationOf(LOGS, [image("b"), image("c")])).toEqual({ written: 20, stored: 24, logged: 28 });
        expect(attestationOf(LOGS, [image("d")])).toEqual({ written: 30, stored: 31, logged: 39 });
    });

    test("does not depend on which of the two logs was read first", () => {
        const entries = LOGS.filter(({ kind }) => kind === "entry");
        const writes = LOGS.filter(({ kind }) => kind !== "entry");
        expect(attestationOf([...entries, ...writes], [image("d")])).toEqual({ written: 30, stored: 31, logged: 39 });
    });

    test("is measured to the attempt that succeeded", () => {
        const logs = [write(10), attestation(12, "a"), write(40), attestation(42, "a"), entry(45)];
        expect(attestationOf(logs, [image("a")])).toEqual({ written: 10, stored: 42, logged: 45 });
    });

    test.each<[string, ChainsEvent[], string[], object]>([
        ["no image", LOGS, [], {}],
        ["an image without an attestation", LOGS, ["b", "e"], {}],
        ["another run's attestation in between", LOGS, ["a", "d"], {}],
        ["no entry before the next run's", LOGS.filter(({ at }) => at !== 15), ["a"], { written: 10, stored: 12 }],
        ["two entries", [...LOGS, entry(38)], ["d"], { written: 30, stored: 31 }],
        ["no write of its own before it", LOGS.filter(({ at }) => at !== 30), ["d"], { stored: 31, logged: 39 }],
    ])("is not guessed: %s", (_what, logs, letters, told) => {
        expect(attestationOf(logs, letters.map(image))).toEqual(told);
    });
});
