/** Port on which nginx serves the registry inside its pod. */
export const REGISTRY_PORT = 5000;

const DISTRIBUTION_PORT = 5001;

/**
 * nginx in front of the registry: reading is open, writing needs one of the push identities. The access log names the
 * identity, the method and the path of every write.
 */
export function nginxConfiguration(): string {
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
    log_format pushes '$time_iso8601 identity=$remote_user $request_method $uri $status';
    access_log /dev/stdout pushes if=$writes;
    server_tokens off;
    client_max_body_size 0;
    server {
        listen ${String(REGISTRY_PORT)} ssl;
        ssl_certificate /etc/image-registry-certificate/tls.crt;
        ssl_certificate_key /etc/image-registry-certificate/tls.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        location /v2/ {
            limit_except GET {
                auth_basic "image registry";
                auth_basic_user_file /etc/image-registry-identities/htpasswd;
            }
            proxy_pass http://127.0.0.1:${String(DISTRIBUTION_PORT)};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
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
http:
  addr: 127.0.0.1:${String(DISTRIBUTION_PORT)}
  relativeurls: true
`;
}
