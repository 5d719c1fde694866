/**
 * What the provider does when a resource is to be deleted: nothing but fail, where data is protected. Pulumi's own
 * `protect` stands before it; this one is in the state of the provider, and refuses a replacement by another way too.
 */
export function deletionPolicy(protect: boolean): "PREVENT" | "DELETE" {
    return protect ? "PREVENT" : "DELETE";
}
