import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Who may import whom: docs/architecture.md, "Rooms". Each room with the rooms it must not know. */
const ROOMS = {
    pipelines: ["admission", "components", "stacks", "plan", "requirements", "cli", "locks"],
    admission: ["components", "stacks", "plan", "requirements", "cli", "locks"],
    locks: ["pipelines", "admission", "components", "stacks", "plan", "requirements", "cli"],
    components: ["stacks", "plan", "requirements", "cli"],
    stacks: ["plan", "requirements", "cli"],
    requirements: ["pipelines", "admission", "locks", "components", "stacks", "plan", "cli"],
    plan: ["cli"],
};

export default tseslint.config(
    { ignores: ["dist/", "out/", "node_modules/", "**/*.js", "**/*.mjs"] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        plugins: { "@pulumi": pulumi, "import-x": importX },
        settings: {
            "import-x/resolver": { typescript: true },
            // Without these two, rules that look into the imported file see no TypeScript in it and pass everything.
            "import-x/extensions": [".ts"],
            "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
        },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            "@typescript-eslint/explicit-module-boundary-types": "error",
            "@typescript-eslint/no-unused-vars": [
                "error",
                { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
            ],
            // A component registers itself with the engine: `new` alone is what it is for.
            "no-new": "off",
            // A key that a JSON or Kubernetes object may lack is read with brackets, a declared property with a dot.
            "@typescript-eslint/dot-notation": "off",
            "import-x/no-cycle": "error",
            "import-x/no-restricted-paths": [
                "error",
                {
                    zones: [
                        ...Object.entries(ROOMS).map(([target, from]) => ({
                            target: `./${target}`,
                            from: from.map((room) => `./${room}`),
                        })),
                        {
                            target: ["./!(lab|test)/**/*", "./*.ts"],
                            from: "./lab",
                            message: "what stands in for the real thing stays in the lab",
                        },
                        {
                            target: "./names.ts",
                            from: ["./!(node_modules)/**/*"],
                            message: "names.ts imports nothing",
                        },
                    ],
                },
            ],
        },
    },
    {
        files: [
            "admission/**/*.ts",
            "components/**/*.ts",
            "stacks/**/*.ts",
            "pipelines/**/*.ts",
            "requirements/**/*.ts",
        ],
        rules: { "@typescript-eslint/no-non-null-assertion": "error" },
    },
);
