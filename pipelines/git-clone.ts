import { TYPE_HINTS } from "../names";
import { emptyDirectory, secretFiles, task, type Shell, type StepImage, type Task } from "./tekton";

/** Where the source lies in the workspace. */
export const SOURCE_DIRECTORY = "source";

/** Where the step finds `username` and `password` of a private repository. */
const CREDENTIAL_DIRECTORY = "/var/run/source-credential";

const SCRIPT = `set -eu
export LC_ALL=C
fail() { printf 'git-clone: %s\\n' "$1" >&2; exit 1; }

case "$COMMIT" in
    *[!0-9a-f]*) fail "the commit is not written in lower-case hexadecimal digits: give the full SHA, no branch or tag" ;;
esac
[ "\${#COMMIT}" -eq 40 ] || fail "the commit has \${#COMMIT} digits: give the full SHA of 40"
case "$URL" in
    *[!-A-Za-z0-9._~:/@%+]*) fail "the URL has characters that no repository needs: use letters, digits and -._~:/%+" ;;
    http://* | https://*) ;;
    *) fail "the URL is neither http:// nor https://" ;;
esac
authority=\${URL#*://}
case "\${authority%%/*}" in
    *@*) fail "the URL carries a credential, and the provenance would publish it: take it out" ;;
esac

# git asks this program for a name and a password; neither gets into an argument, the URL, the workspace or a log.
if [ -n "$CREDENTIAL" ]; then
    [ -r "$CREDENTIAL/username" ] && [ -r "$CREDENTIAL/password" ] ||
        fail "the Secret with the repository's credential lacks username or password: make it of type kubernetes.io/basic-auth"
    cat > "$TMPDIR/askpass" <<ASKPASS
#!$STEP_SHELL
case "\\$1" in
    Username*) exec cat "$CREDENTIAL/username" ;;
    Password*) exec cat "$CREDENTIAL/password" ;;
esac
exit 1
ASKPASS
    chmod 700 "$TMPDIR/askpass"
    export GIT_ASKPASS="$TMPDIR/askpass"
fi

directory="$WORKSPACE/${SOURCE_DIRECTORY}"
rm -rf "$directory"
git init --quiet "$directory"
cd "$directory"
git remote add origin "$URL"
# A server that sends us elsewhere would get the credential, and give us another source than the one that is named.
git -c http.followRedirects=false fetch --quiet --depth 1 --no-tags --no-recurse-submodules origin "$COMMIT"
git -c advice.detachedHead=false checkout --quiet --detach FETCH_HEAD
head=$(git rev-parse HEAD)
[ "$head" = "$COMMIT" ] || fail "checked out $head instead of $COMMIT"
origin=$(git remote get-url origin)
[ "$origin" = "$URL" ] || fail "cloned from $origin instead of $URL: the image's git configuration rewrites URLs"
printf %s "$origin" > "$URL_RESULT"
printf %s "$head" > "$COMMIT_RESULT"
printf 'cloned %s at %s\\n' "$origin" "$head"
`;

/** Which results of the clone the Pipeline hands on, under the names that Chains reads. */
type CloneResult = typeof TYPE_HINTS.gitUrl | typeof TYPE_HINTS.gitCommit;

/**
 * The Task that fetches one commit by its full SHA and proves that it got that one. Branches and tags are no input: both can
 * be moved. Submodules are not fetched.
 *
 * @param args.image - holds git with https and a shell
 * @param args.credentialSecret - Secret of type `kubernetes.io/basic-auth` with which a private repository is fetched. Default:
 *   none, it is read by anybody
 */
export function gitClone(args: {
    readonly image: StepImage;
    readonly shell: Shell;
    readonly credentialSecret?: string | undefined;
}): Task<"url" | "commit", CloneResult, "workspace"> {
    return task({
        name: "git-clone",
        description: "Clones a repository at one commit and checks that it is that commit.",
        params: {
            url: "http(s) URL of the repository, without a credential",
            commit: "full SHA of the commit: 40 lower-case hexadecimal digits",
        },
        results: {
            [TYPE_HINTS.gitUrl]: "the URL that was cloned",
            [TYPE_HINTS.gitCommit]: "the commit that was checked out",
        },
        workspaces: { workspace: `receives the source in ${SOURCE_DIRECTORY}/` },
        steps: ({ params, results, workspaces }) => [
            {
                name: "clone",
                image: args.image,
                shell: args.shell,
                script: SCRIPT,
                env: {
                    URL: params.url,
                    COMMIT: params.commit,
                    WORKSPACE: workspaces.workspace.path,
                    URL_RESULT: results[TYPE_HINTS.gitUrl].path,
                    COMMIT_RESULT: results[TYPE_HINTS.gitCommit].path,
                    HOME: "/tmp",
                    TMPDIR: "/tmp",
                    CREDENTIAL: args.credentialSecret === undefined ? "" : CREDENTIAL_DIRECTORY,
                    STEP_SHELL: args.shell,
                    GIT_ALLOW_PROTOCOL: "http:https",
                    GIT_CONFIG_GLOBAL: "/dev/null",
                    GIT_TERMINAL_PROMPT: "0",
                },
                mounts: [
                    emptyDirectory("tmp", "/tmp"),
                    ...(args.credentialSecret === undefined
                        ? []
                        : [
                              secretFiles("source-credential", CREDENTIAL_DIRECTORY, {
                                  secretName: args.credentialSecret,
                                  files: { username: "username", password: "password" },
                              }),
                          ]),
                ],
                requests: { cpu: "100m", memory: "128Mi" },
            },
        ],
    });
}
