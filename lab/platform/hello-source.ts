import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

import (
	"strings"
	"testing"
)

func TestGreeting(t *testing.T) {
	if !strings.HasPrefix(greeting(), "hello") {
		t.Fatalf("it says %q", greeting())
	}
}
`,
};

/** Changes what the program says, and with it its image. */
export function changeGreeting(folder: string, to: string): void {
    const file = path.join(folder, "main.go");
    writeFileSync(file, readFileSync(file, "utf8").replace(/return "[^"]*"/, `return "hello, ${to}"`));
}

/** Writes the source into a folder; what an earlier run left there is removed. */
export function writeHelloSource(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) {
        writeFileSync(path.join(folder, name), text);
    }
}
