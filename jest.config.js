"use strict";

const common = {
    testEnvironment: "node",
    transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
    modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/out/"],
};

/** `unit` needs nothing but npm; `e2e` needs the lab (see lab/README.md). */
module.exports = {
    // A plan takes well under a second, but the machine may be busy building the lab.
    testTimeout: 60_000,
    // By default jest leaves one core idle: half of a small machine. (e2e runs in band.)
    maxWorkers: "100%",
    projects: [
        { ...common, displayName: "unit", testMatch: ["<rootDir>/test/**/*.test.ts"] },
        {
            ...common,
            displayName: "e2e",
            testMatch: ["<rootDir>/test/**/*.e2e.ts"],
            globalSetup: "<rootDir>/test/e2e/build-lab.ts",
        },
    ],
};
