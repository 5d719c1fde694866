import { maximumLabs } from "../../lab/cluster/addresses";
import { routedNumbers } from "../../lab/cluster/routes";

const numbers = (...destinations: string[]): number[] => [
    ...routedNumbers(destinations.map((dst) => ({ dst, dev: "other0" }))).keys(),
];

describe("the numbers that a lab must not have", () => {
    test("are those whose pods, Services or link lie on somebody else's route", () => {
        expect(numbers("10.88.3.0/24", "10.96.5.7", "10.89.7.0/30", "192.168.0.0/16", "10.90.0.0/16")).toEqual([
            3, 5, 7,
        ]);
        expect(numbers("10.88.0.0/16")).toHaveLength(maximumLabs);
        expect(numbers("10.0.0.0/8")).toHaveLength(maximumLabs);
    });

    test("are not those of labs, nor what the default route reaches", () => {
        expect(numbers("default")).toEqual([]);
        expect(routedNumbers([{ dst: "10.96.2.0/24", dev: "slsa-lab-2" }]).size).toBe(0);
        expect(routedNumbers([{ dst: "10.96.2.0/24" }]).size).toBe(1);
    });
});
