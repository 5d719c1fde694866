import { addressesOf, serviceAddress } from "../../lab/cluster/addresses";
import { parseHierarchies } from "../../lab/cluster/cgroups";
import { firewallRules } from "../../lab/cluster/firewall";
import { cacheDirectory } from "../../lab/cache";

describe("the addresses of a lab", () => {
    test("are shared by no two labs", () => {
        const own = (number: number): unknown[] => Object.values(addressesOf(number));
        const first = new Set(own(0));
        expect(own(1).filter((value) => first.has(value))).toEqual([]);
    });

    test("exist for numbers 0 to 15 and for Services 1 to 254 only", () => {
        expect(serviceAddress(3, 10)).toBe("10.96.3.10");
        expect(() => addressesOf(16)).toThrow("from 0 to 15");
        expect(() => addressesOf(-1)).toThrow("from 0 to 15");
        expect(() => serviceAddress(0, 255)).toThrow("from 1 to 254");
        expect(() => serviceAddress(0, 1.5)).toThrow("from 1 to 254");
    });

    test("give a name for the link that the kernel takes (15 characters)", () => {
        expect(addressesOf(15).link.length).toBeLessThanOrEqual(15);
    });

    test("appear in the firewall, which names the host's ports one by one", () => {
        const rules = firewallRules(addressesOf(2));
        expect(rules).toContain("ip saddr 10.89.2.1 tcp dport { 5000, 3080, 6443 } accept");
    });
});

describe("the cgroup hierarchies of a machine", () => {
    test("are read from its mounts, controllers included, and nothing else is", () => {
        const mounts = [
            "cgroup /sys/fs/cgroup/pids cgroup rw,relatime,pids 0 0",
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0",
            "tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0",
        ];
        expect(parseHierarchies(`${mounts.join("\n")}\n`)).toEqual([
            { mount: "/sys/fs/cgroup/pids", version: 1, controllers: ["rw", "relatime", "pids"] },
            { mount: "/sys/fs/cgroup/unified", version: 2, controllers: ["rw", "relatime"] },
        ]);
    });
});

describe("the cache", () => {
    test("is where SLSA_LAB_CACHE says, or below the user's own caches", () => {
        expect(cacheDirectory({ SLSA_LAB_CACHE: "/data/lab/" })).toBe("/data/lab/");
        expect(cacheDirectory({})).toMatch(/\/\.cache\/slsa-build-platform$/);
    });

    test("is never a relative folder", () => {
        expect(() => cacheDirectory({ SLSA_LAB_CACHE: "cache" })).toThrow("must be an absolute path");
    });
});
