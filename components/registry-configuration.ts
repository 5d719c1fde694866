import { allowedWrites } from "./registry-identities";

/** Port on which nginx serves the registry inside its pod. */
export const REGISTRY_PORT = 5000;

const DISTRIBUTION_PORT = 5001;

/**
 * nginx in front of the registry: reading is open, a write needs an identity that may do just this. Without a name the
 * answer is 401, without the right 403, with the right and a wrong password 401. The access log names the identity, the
 * method and the path of every write, refused ones too.
 *
 * @param entries - names of the source repositories that share the registry; each writes below `/v2/<name>/`
 * @throws Error for entries of which no rights can be made
 */
export function nginxConfiguration(entries: readonly string[]): string {
    const allowed = allowedWrites(entries).map((write) => `        "~${write}" yes;`);
    return `worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events { worker_connections 512; }
http {
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    map $request_method $writes { GET 0; HEAD 0; default 1; }
    # A name is whatever a client sends: one with a space in it would look like the rest of the line.
    map $remote_user $identity { default -; "~^[a-z0-9-]+\\z" $remote_user; }
    log_format pushes '$time_iso8601 identity=$identity $request_method $uri $status';
    access_log /dev/stdout pushes if=$writes;
    server_tokens off;
    client_max_body_size 0;
    # The URI as distribution gets it, not as nginx reads it.
    map "$request_method $request_uri $remote_user" $permitted {
        default no;
        "~^(?:GET|HEAD) " yes;
        # Nobody: asked below for a name and a password.
        "~^[A-Z]+ [^ ]+ \\z" yes;
${allowed.join("\n")}
    }
    # distribution would read \`mount\` and \`from\` in a form, too.
    map $request_uri $sent_content_type {
        default $http_content_type;
        ~/blobs/uploads/ application/octet-stream;
    }
    server {
        listen ${String(REGISTRY_PORT)} ssl;
        ssl_certificate /etc/image-registry-certificate/tls.crt;
        ssl_certificate_key /etc/image-registry-certificate/tls.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        # Not in the location: what stands there is not asked inside its limit_except.
        if ($permitted != yes) { return 403; }
        location /v2/ {
            limit_except GET {
                auth_basic "image registry";
                auth_basic_user_file /etc/image-registry-identities/htpasswd;
            }
            proxy_pass http://127.0.0.1:${String(DISTRIBUTION_PORT)};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header Content-Type $sent_content_type;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_read_timeout 300s;
        }
        location / { return 404; }
    }
}
`;
}

/** CNCF distribution: https://distribution.github.io/distribution/about/configuration/ */
export function registryConfiguration(): string {
    return `version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: /var/lib/registry
  delete:
    enabled: false
  maintenance:
    # What was begun and never ended fills the volume that all share. By default it stays for a week.
    uploadpurging:
      enabled: true
      age: 2h
      interval: 1h
      dryrun: false
http:
  addr: 127.0.0.1:${String(DISTRIBUTION_PORT)}
  relativeurls: true
`;
}
