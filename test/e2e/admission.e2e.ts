import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RULES } from "../../admission";
import { Api } from "./admission/api";
import { ATTACKS } from "./admission/attacks";
import { CASES } from "./admission/cases";
import { isRefusalBy, rebind, setUp, unbind, until } from "./admission/cluster";
import { USERS } from "./admission/users";
import { startControlPlane, type ControlPlane } from "./engine-control-plane";

/**
 * The rules in a real API server, with Tekton's own definitions of its kinds. There are no nodes, no Tekton and no webhook:
 * what runs, and that the platform's own runs pass, is for the suite of the platform.
 */
const limit = 240_000;

let directory: string;
let plane: ControlPlane;
let api: Api;

beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "admission-"));
    plane = await startControlPlane(join(directory, "control-plane"));
    api = new Api(plane.server, plane.kubeconfig);
    await setUp(api);
    // The API server learns of policies one by one.
    for (const { name } of RULES) {
        const { request, as } = CASES[name]?.refused ?? {};
        if (request === undefined || as === undefined) {
            throw new Error(`No case for the rule ${name}: add it to cases/.`);
        }
        await until(api, request, USERS[as], (answer) => isRefusalBy(name, answer));
    }
}, limit);

afterAll(async () => {
    api.close();
    await plane.stop();
    rmSync(directory, { recursive: true });
}, limit);

describe.each(Object.entries(CASES))("%s", (rule, { allowed }) => {
    it.each(allowed)("lets through $name", async ({ as, request }) => {
        const { code, message } = await api.ask(request, USERS[as]);
        expect({ passed: code < 300, message }).toEqual({ passed: true, message: "" });
    });

    it("is a rule", () => {
        expect(RULES.map(({ name }) => name)).toContain(rule);
    });
});

describe("an attack", () => {
    it.each(ATTACKS)("$name (as $as) is refused by $refusedBy", async ({ as, request, refusedBy }) => {
        const answer = await api.ask(request, USERS[as]);
        expect(answer.message).toContain(`denied request: ${refusedBy}: `);
        expect(isRefusalBy(refusedBy, answer)).toBe(true);
    });
});

describe("without its binding", () => {
    it.each(RULES)(
        "$name refuses nothing, and with it again as before",
        async (rule) => {
            const refused = CASES[rule.name]?.refused;
            if (refused === undefined) {
                throw new Error(`No case for the rule ${rule.name}: add it to cases/.`);
            }
            const as = USERS[refused.as];
            await unbind(api, rule);
            await until(api, refused.request, as, ({ code }) => code < 300);
            await rebind(api, rule);
            await until(api, refused.request, as, (answer) => isRefusalBy(rule.name, answer));
        },
        limit,
    );
});
