import * as pulumi from "@pulumi/pulumi";
import { PROJECT } from "./names";
import { anyCluster } from "./stacks/any-cluster";
import { loadContent } from "./stacks/content";
import { parseSettings } from "./stacks/settings";

const prefix = `${PROJECT}:`;
const configured = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
);
const settings = parseSettings(pulumi.getStack(), configured);

// Everything that decides what is installed is checked before the first resource is touched.
export = anyCluster(settings, loadContent(settings, __dirname, "deploy"));
