import { createHash } from "node:crypto";
import type { Json } from "../../../../admission/cel";
import { COMMIT, nameAt, renamed, RUN, runAt, withField } from "../builds";
import { apply, create } from "../requests";
import { attacksOn, entry, type Entry } from "./attack";

const OTHER_COMMIT = "f".repeat(40);

/** A run that the trigger creates. */
const run = (name: string, wouldGain: string, body: Json): Entry =>
    entry(name, "trigger", wouldGain, create("pipelineruns", body));

const PUSH = "-push";
/** So long that Tekton puts a hash into the names of its task runs: `ChildName` in knative.dev/pkg/kmeta/names.go. */
const LONG = `${nameAt(COMMIT)}-${"a".repeat(16)}`;
/** Whose push has the same name: the head of the long one's and the hash. */
const SHORT = `${LONG.slice(0, 31 - PUSH.length)}${createHash("md5").update(LONG).digest("hex")}`;

export const runNamedByCommit = attacksOn("run-named-by-commit", {
    E: [
        run(
            "a run so named that another can have the names of its task runs",
            "a push that is taken for that of another commit's run",
            renamed(RUN, LONG),
        ),
        run(
            "a run whose push has the name of another run's",
            "provenance that names this commit for what another run pushed",
            renamed(runAt(OTHER_COMMIT), SHORT),
        ),
        run(
            "a run under the name of another merge's",
            "a merge that is red, or that takes this run for its own",
            renamed(RUN, nameAt(OTHER_COMMIT)),
        ),
        run(
            "a run under the name of another merge's attempt",
            "the same when that merge is delivered again",
            renamed(RUN, nameAt(OTHER_COMMIT, "-2")),
        ),
        run(
            "a run under a name that the API server makes",
            "one run more of a commit, which counts as the newest merge",
            withField(withField(RUN, ["metadata", "name"]), ["metadata", "generateName"], nameAt(COMMIT, "-")),
        ),
        run(
            "an attempt of number 1",
            "one run more of a commit than its merges make",
            renamed(RUN, nameAt(COMMIT, "-1")),
        ),
        run("a tenth attempt", "runs of one commit without end", renamed(RUN, nameAt(COMMIT, "-10"))),
        run(
            "a run named by a part of its commit",
            "a name that a second commit may share",
            renamed(RUN, nameAt(COMMIT.slice(1))),
        ),
        run("a run named by another pipeline", "a name that no merge knows", renamed(RUN, `images-${COMMIT}`)),
        entry(
            "a name of its own by server-side apply",
            "trigger",
            "a run that is created by another verb",
            apply("pipelineruns", renamed(RUN, "applied")),
        ),
    ],
});
