//! Tokens in the form that providers issue, with the configuration in `docs/identity.md`.

use serde_json::{Value, json};

use super::{
    forge::{Rsa, now, seal},
    issuer::IdentityProvider,
    issuers,
};
use crate::support::{Database, Service, audit_event};

/// A provider, and a running service with its documented configuration.
struct Documented {
    service: Service,
    provider: IdentityProvider,
    key: Rsa,
    /// The path of the issuer at the provider.
    path: String,
}

impl Documented {
    /// `key`: the JWK of the public key as this provider publishes it.
    async fn start(database: &Database, heading: &str, jwks: impl Fn(Value) -> Vec<Value>) -> Self {
        let page = include_str!("../../../docs/identity.md");
        let section = page.split(&format!("\n## {heading}\n")).nth(1).expect("the section of the provider");
        let config = section.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        let issuer = config.split("issuer = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let host_end = issuer.match_indices('/').nth(2).map_or(issuer.len(), |(index, _)| index);
        let (host, path) = issuer.split_at(host_end);
        let key = Rsa::generate();
        let provider = IdentityProvider::with_keys(path, &jwks(key.public_jwk()));
        let service = issuers::service(database, &config.replace(host, &provider.url(""))).await;
        Self { service, provider, key, path: path.to_owned() }
    }

    /// Statuses of reading the conversation logs, reading the audit logs, and writing.
    async fn statuses(&self, header: &Value, mut claims: Value) -> [u16; 3] {
        claims["iss"] = self.provider.url(&self.path).into();
        claims["iat"] = now().into();
        claims["exp"] = (now() + 3600).into();
        let client = self.service.with_authorization(&format!("Bearer {}", seal(header, &claims, self.key.sign())));
        let event = json!({"events": [audit_event("provider-1")]});
        [
            client.get("/conversation-logs").await.status,
            client.get("/audit-logs").await.status,
            client.post("/audit-logs", &event).await.status,
        ]
    }
}

/// The JWK with these members; null removes one.
fn with(mut jwk: Value, members: Value) -> Value {
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    jwk
}

#[actix_web::test]
async fn keycloak() {
    let database = Database::sqlite();
    let jwks = |jwk: Value| {
        let encrypts = with(Rsa::generate().public_jwk(), json!({"use": "enc", "alg": "RSA-OAEP", "kid": "Yd2rWGM3-enc"}));
        vec![encrypts, with(jwk, json!({"kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE", "x5c": ["MIIC"], "x5t": "K2-8"}))]
    };
    let documented = Documented::start(&database, "Keycloak", jwks).await;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"});
    let claims = |realm: Value, client: Value| {
        json!({
            "jti": "onrtac:6f0ff5a6-8f2f-4d0e-b5c1-0c4a1c5f2d2b", "aud": ["logbook", "account"],
            "sub": "f3c1b6de-52b1-4c0a-9c1c-9d2b7e8f4a55", "typ": "Bearer", "azp": "logs-page", "sid": "b2f0c9a1", "acr": "1",
            "allowed-origins": ["https://logs.example"], "realm_access": {"roles": realm},
            "resource_access": {"logbook": {"roles": client}, "account": {"roles": ["manage-account", "view-profile"]}},
            "scope": "openid profile email", "email_verified": false, "name": "Ana Horvat", "preferred_username": "ana",
            "given_name": "Ana", "family_name": "Horvat", "email": "ana@acme.example", "account_id": "acme",
        })
    };
    let builtin = ["offline_access", "uma_authorization", "default-roles-contact-centre"];
    let realm = |more: &str| json!([builtin[0], builtin[1], builtin[2], more]);
    assert_eq!(documented.statuses(&header, claims(realm("logs-supervisor"), json!([]))).await, [200, 403, 403]);
    assert_eq!(documented.statuses(&header, claims(realm("logs-supervisor"), json!(["logs-setup"]))).await, [200, 200, 403]);
    assert_eq!(documented.statuses(&header, claims(realm("CONVERSATIONS_SETUP"), json!(["x"]))).await, [403; 3]);
    let service_account = with(
        claims(realm("logs-producer"), json!(null)),
        json!({"resource_access": null, "clientId": "importer", "preferred_username": "service-account-importer", "sid": null}),
    );
    assert_eq!(documented.statuses(&header, service_account).await, [403, 403, 201]);
    let id_token = with(claims(realm("logs-supervisor"), json!([])), json!({"aud": "logs-page", "typ": "ID"}));
    assert_eq!(documented.statuses(&header, id_token).await, [401; 3]);
}

#[actix_web::test]
async fn auth0() {
    let database = Database::sqlite();
    let jwks =
        |jwk: Value| vec![with(jwk, json!({"kid": "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg", "x5c": ["MIIDBz"]}))];
    let documented = Documented::start(&database, "Auth0", jwks).await;
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg"});
    let user = |permissions: Value| {
        json!({
            "https://logbook.example/account": "acme", "sub": "auth0|65f1c2d3e4a5b6c7d8e9f0a1",
            "aud": ["https://logbook.example/api", "https://contact-centre.eu.auth0.com/userinfo"],
            "azp": "Zq1xW2c3V4b5N6m7", "scope": "openid profile", "permissions": permissions,
        })
    };
    assert_eq!(documented.statuses(&header, user(json!(["read:audit-logs"]))).await, [403, 200, 403]);
    assert_eq!(documented.statuses(&header, user(json!(["read:conversation-logs", "read:other"]))).await, [200, 403, 403]);
    assert_eq!(documented.statuses(&header, user(json!([]))).await, [403; 3]);
    let machine = json!({
        "https://logbook.example/account": "acme", "sub": "kF3uP9sL2mN5qR8t@clients", "aud": "https://logbook.example/api",
        "azp": "kF3uP9sL2mN5qR8t", "scope": "write:logs", "gty": "client-credentials", "permissions": ["write:logs"],
    });
    assert_eq!(documented.statuses(&with(header, json!({"typ": "at+jwt"})), machine).await, [403, 403, 201]);
}

#[actix_web::test]
async fn entra_id() {
    let database = Database::sqlite();
    // Its keys do not state their algorithm.
    let jwks = |jwk: Value| {
        let kid =
            json!({"kid": "H9nj5AOSswMphg1SFx7jaV-lB9w", "alg": null, "x5t": "H9nj5AOSswMphg1SFx7jaV-lB9w", "x5c": ["MIIC/T"]});
        let more = json!({"cloud_instance_name": "microsoftonline.com", "issuer": "https://login.microsoftonline.com/8f6e/v2.0"});
        vec![with(with(jwk, kid), more)]
    };
    let documented = Documented::start(&database, "Microsoft Entra ID", jwks).await;
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "H9nj5AOSswMphg1SFx7jaV-lB9w"});
    let claims = |more: Value| {
        let claims = json!({
            "aud": "5a1f7d3e-2f0b-4c64-9d2a-6c0f1e8b7a90", "nbf": now() - 10, "aio": "AWQAm/8XAAAA", "azp": "c0ffee00-1234-4a5b-8c9d-abcdefabcdef",
            "azpacr": "0", "name": "Ana Horvat", "oid": "9d3c2b1a-7e6f-4a5b-9c8d-1e2f3a4b5c6d", "preferred_username": "ana@acme.example",
            "rh": "0.AXkAal9u", "sub": "r0pW2Vb8fYtq7LJcS3x5kN9mD1gHzA6eU4oQiXyTjKw", "tid": "8f6e5f6a-0d4c-4c55-a1f0-3b1d6b3e2a11", "uti": "x", "ver": "2.0",
        });
        with(claims, more)
    };
    let both = claims(json!({"roles": ["Logs.Administrate"], "scp": "access_as_user"}));
    assert_eq!(documented.statuses(&header, both).await, [200, 200, 403]);
    assert_eq!(documented.statuses(&header, claims(json!({"scp": "access_as_user Logs.Setup"}))).await, [403, 200, 403]);
    let app = claims(json!({"roles": ["Logs.Write"], "name": null, "preferred_username": null, "idtyp": "app", "azpacr": "1"}));
    assert_eq!(documented.statuses(&header, app).await, [403, 403, 201]);
    // A user without an app role has no claim `roles`.
    assert_eq!(documented.statuses(&header, claims(json!({}))).await, [403; 3]);
}

#[actix_web::test]
async fn okta() {
    let database = Database::sqlite();
    let jwks = |jwk: Value| vec![with(jwk, json!({"kid": "uhW2nF0YyKJ6sVx3q9bLcT8ZpRdEaMgH"}))];
    let documented = Documented::start(&database, "Okta", jwks).await;
    // Without typ.
    let header = json!({"kid": "uhW2nF0YyKJ6sVx3q9bLcT8ZpRdEaMgH", "alg": "RS256"});
    let user = |groups: Value| {
        json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "aud": "api://logbook", "cid": "0oabv6kx4qq6h1U5l0h7",
            "uid": "00ujmkLgagxeRrAg20g3", "scp": ["openid", "profile"], "auth_time": now() - 60, "sub": "ana@acme.example", "groups": groups,
        })
    };
    assert_eq!(documented.statuses(&header, user(json!(["Everyone", "Contact centre supervisors"]))).await, [200, 403, 403]);
    assert_eq!(documented.statuses(&header, user(json!(["Everyone", "Contact centre admins"]))).await, [403, 200, 403]);
    assert_eq!(documented.statuses(&header, user(json!(["Everyone"]))).await, [403; 3]);
    let machine = json!({
        "ver": 1, "jti": "AT.l2fm", "aud": "api://logbook", "cid": "0oa1importer", "scp": ["logs.write"], "sub": "0oa1importer",
    });
    let typed = with(header, json!({"typ": "application/okta-internal-at+jwt"}));
    assert_eq!(documented.statuses(&typed, machine).await, [403, 403, 201]);
}
