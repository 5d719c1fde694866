import { bytesOf } from "../../pipelines/quantity";

test.each([
    ["1Mi", 1_048_576],
    ["2Gi", 2_147_483_648],
    ["3Ti", 3_298_534_883_328],
])("%s has %d bytes", (quantity, bytes) => {
    expect(bytesOf(quantity)).toBe(bytes);
});

test.each(["", "2", "2G", "0Gi", "-1Gi", "1.5Gi", "2 Gi", "2Gi\n", "12345Mi"])("%j is no size", (quantity) => {
    expect(() => bytesOf(quantity)).toThrow("is no size: write one to four digits and Mi, Gi or Ti");
});
