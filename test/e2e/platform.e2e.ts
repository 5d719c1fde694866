import { down } from "../../lab/lab";
import { accessSuite } from "./platform/access";
import { againSuite } from "./platform/again";
import { cancelSuite } from "./platform/cancel";
import { destroySuite } from "./platform/destroy";
import { dockerfileSuite } from "./platform/dockerfile";
import { failingSuite } from "./platform/failing-builds";
import { logSuite } from "./platform/log";
import { logLimitSuite } from "./platform/log-limit";
import { manyImagesSuite } from "./platform/many-images";
import { mergeSuite } from "./platform/merge";
import { networkSuite } from "./platform/network";
import { NAME, start, type Platform } from "./platform/platform";
import { privateSourceSuite } from "./platform/private-source";
import { pruneSuite } from "./platform/prune";
import { queueSuite } from "./platform/queue";
import { promotionSuite } from "./platform/promotion";
import { rightsSuite } from "./platform/rights";
import { rulesSuite } from "./platform/rules";
import { upSuite } from "./platform/up";

jest.setTimeout(900_000);

let platform: Platform;
const the = (): Platform => platform;

beforeAll(async () => {
    platform = await start();
});

afterAll(async () => {
    await down(NAME);
});

// In this order: each suite leaves the platform as the next one needs it.
describe("what pulumi up made", () => {
    upSuite(the);
});
describe("a merge", () => {
    mergeSuite(the);
});
describe("a private repository", () => {
    privateSourceSuite(the);
});
describe("tags", () => {
    promotionSuite(the);
});
describe("merges at once", () => {
    queueSuite(the);
});
describe("many images", () => {
    manyImagesSuite(the);
});
describe("Dockerfiles", () => {
    dockerfileSuite(the);
});
describe("a newer merge", () => {
    cancelSuite(the);
});
describe("the API server refuses", () => {
    accessSuite(the);
});
describe("the admission rules", () => {
    rulesSuite(the);
});
describe("the rights", () => {
    rightsSuite(the);
});
describe("the network", () => {
    networkSuite(the);
});
describe("one commit built again", () => {
    againSuite(the);
});
describe("a build fails", () => {
    failingSuite(the);
});
describe("ended runs", () => {
    pruneSuite(the);
});
describe("the transparency log", () => {
    logSuite(the);
});
describe("the transparency log's limit", () => {
    logLimitSuite(the);
});
describe("taking it down", () => {
    destroySuite(the);
});
