import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** A Go program of a few lines: its build takes seconds, where what is looked at is the platform and not the build. */
const FILES: Readonly<Record<string, string>> = {
    "go.mod": "module example.com/hello\n\ngo 1.24\n",
    "main.go": `package main

import "fmt"

func greeting() string { return "hello" }

func main() { fmt.Println(greeting()) }
`,
    "main_test.go": `package main

import "testing"

func TestGreeting(t *testing.T) {
	if greeting() != "hello" {
		t.Fatalf("it says %q", greeting())
	}
}
`,
};

/** Writes the source into a folder; what an earlier run left there is removed. */
export function writeHelloSource(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) {
        writeFileSync(path.join(folder, name), text);
    }
}
