//! `logbook demo`: sample data, a publicly known signing key, and commands to paste. Not for production.

use std::{io::Write, net::SocketAddr, sync::Arc};

use actix_web::rt::task::spawn_blocking;
use clap::Args;
use tokio::runtime::Handle;

use super::{
    CommandError, print, reachable,
    token::{self, Claims},
};
use crate::{
    app::{self, Application, Signals},
    config::{Resolved, Settings, listen_address},
    demo::{self, History},
    domain::{account::AccountId, batch::MAXIMUM_EVENTS, event::Event, timestamp::Timestamp},
    http::{
        auth::{hmac_secret::DEMO_SECRET, token::Tokens},
        demo::{DemoToken, DemoTokens},
    },
    store::{self, AuditLog, ConversationLog, Log, RecordError, Store, StoreSettings},
};

const ACCOUNT: &str = "demo";
/// A constant, so that histories that end at the same instant are equal.
const SEED: u64 = 1;
/// The key under which the database stores the end of the history, so that an interrupted load can be completed.
const HISTORY_END: &str = "demo-history-end";
/// The validity of the tokens.
const TOKEN_SECONDS: u64 = 12 * 60 * 60;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// SQLite file for the demo's data
    #[arg(long, default_value = "logbook-demo.db", value_name = "FILE")]
    file: String,

    /// Address and port to listen on; port 0 chooses a free one
    #[arg(long, env = "LOGBOOK_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: SocketAddr,

    /// Allow an address that other machines can reach; anyone who can reach the demo can read and write all its data
    #[arg(long)]
    allow_remote_access: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CommandError> {
    if !arguments.listen.ip().is_loopback() && !arguments.allow_remote_access {
        return Err(CommandError::Other(format!(
            "other machines could reach {}, and the demo's key is public: listen on a loopback address such as 127.0.0.1:8080, or \
             add --allow-remote-access",
            arguments.listen
        )));
    }
    let settings = settings(&arguments)?;
    let store_settings = settings.database.store()?;
    let tokens = Tokens::of_secret(DEMO_SECRET.as_bytes());
    let resolved = Resolved { tokens, store: store_settings.clone(), tls: settings.connections.tls()? };
    let listener = app::listen(settings.listen)?;
    let loaded = spawn_blocking(move || load(&store_settings)).await;
    loaded.map_err(|error| CommandError::Other(error.to_string()))??;
    let application = Application::build_on(listener, settings, resolved, Some(DemoTokens(tokens_of_pages))).await?;
    let greeting = greeting(&arguments, reachable(application.address()))?;
    // The service runs on if the output is closed.
    let _ = std::io::stdout().write_all(greeting.as_bytes());
    let signals = Signals::listen().map_err(CommandError::Serve)?;
    application.run_until(signals).await.map_err(CommandError::Serve)
}

/// The settings of the demo. They take precedence over environment variables of a real service.
fn settings(arguments: &Arguments) -> Result<Settings, CommandError> {
    let listen = arguments.listen.to_string();
    let url = format!("sqlite://{}", arguments.file);
    let link = "/?log=conversation-logs&conversationId={conversationId}";
    let flags = ["--database-url", &url, "--listen", &listen, "--conversation-url", link];
    let mut settings = Settings::from_arguments(flags).map_err(|error| CommandError::Other(error.to_string()))?;
    settings.database.database_url_file = None;
    // The printed addresses begin with http.
    (settings.connections.tls_certificate_file, settings.connections.tls_key_file) = (None, None);
    Ok(settings)
}

/// Loads the history, unless it was loaded before.
fn load(settings: &StoreSettings) -> Result<(), CommandError> {
    store::migrate(settings)?;
    let store = Arc::new(Store::open(settings));
    let account: AccountId =
        ACCOUNT.parse().map_err(|_| CommandError::Other("the demo's account is not a valid identifier".to_owned()))?;
    let now = Timestamp::now().microseconds().to_be_bytes();
    let end = store
        .key(HISTORY_END, &now)?
        .try_into()
        .map_or_else(|_| Timestamp::now(), |end| Timestamp::from_microseconds(i64::from_be_bytes(end)));
    let History { conversation_events, audit_events } = demo::history(end, SEED);
    load_log::<ConversationLog>(&store, &account, conversation_events.into_iter().map(Event::from).collect())?;
    load_log::<AuditLog>(&store, &account, audit_events.into_iter().map(Event::from).collect())
}

fn load_log<L: Log>(store: &Store, account: &AccountId, mut events: Vec<Event>) -> Result<(), CommandError> {
    let Some(last) = events.last() else { return Ok(()) };
    if store.event::<L>(account, &last.id)?.is_some() {
        return Ok(());
    }
    let runtime = Handle::current();
    print(&format!("Loading {} events into the {} log …\n", events.len(), L::TABLE.name))?;
    while !events.is_empty() {
        let batch = events.drain(..events.len().min(MAXIMUM_EVENTS)).collect();
        runtime.block_on(store.record::<L>(account, batch)).map_err(|error| match error {
            RecordError::Store(error) => error.into(),
            conflict => CommandError::Other(format!("the file contains data that is not the demo's: {conflict}")),
        })?;
    }
    Ok(())
}

/// A user of the demo.
struct Person {
    /// The shell variable of the token.
    variable: &'static str,
    label: &'static str,
    roles: &'static [&'static str],
    /// What the roles allow, as a text on the page.
    may: &'static str,
}

const PEOPLE: [Person; 6] = [
    Person {
        variable: "SUPERVISOR",
        label: "Supervisor",
        roles: &["CONVERSATIONS_SUPERVISOR"],
        may: "reads the conversation logs",
    },
    Person { variable: "SETUP", label: "Setup", roles: &["CONVERSATIONS_SETUP"], may: "reads the audit logs" },
    Person {
        variable: "BOTH",
        label: "Supervisor and Setup",
        roles: &["CONVERSATIONS_SUPERVISOR", "CONVERSATIONS_SETUP"],
        may: "reads both logs",
    },
    Person { variable: "AUDITOR", label: "Auditor", roles: &["LOGS_AUDITOR"], may: "reads the access log" },
    Person { variable: "PRODUCER", label: "Producer", roles: &["LOGS_PRODUCER"], may: "writes events" },
    Person { variable: "AGENT", label: "Agent", roles: &["CONVERSATIONS_AGENT"], may: "has no access to the logs" },
];

impl Person {
    fn token(&self) -> Result<String, CommandError> {
        let roles: Vec<String> = self.roles.iter().map(ToString::to_string).collect();
        let now = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            sub: "demo-user",
            name: None,
            account_id: ACCOUNT,
            roles: &roles,
            iss: None,
            aud: None,
            iat: now,
            exp: now + TOKEN_SECONDS,
        };
        token::sign(&claims, DEMO_SECRET.as_bytes())
    }
}

/// The tokens for `/docs`. The Logs page offers all except those of the auditor and the producer.
fn tokens_of_pages() -> Vec<DemoToken> {
    let token = |person: &Person| {
        let on_logs_page = !["AUDITOR", "PRODUCER"].contains(&person.variable);
        let token = person.token().ok()?;
        Some(DemoToken { label: person.label, description: person.may, on_logs_page, token })
    };
    PEOPLE.iter().filter_map(token).collect()
}

/// The addresses, a token for each role, and commands to paste.
fn greeting(arguments: &Arguments, address: SocketAddr) -> Result<String, CommandError> {
    let mut greeting = format!(
        "\nLogbook demo on http://{address}, with the data in {}.\n\
         NOT FOR PRODUCTION: the key that signs tokens is in the source code.\n\
         \n  The Logs page:           http://{address}/\n  \
         The API's documentation: http://{address}/docs\n\
         \nPaste the indented lines into bash, zsh or fish. First the address and a token for each role, valid for 12 hours:\n\
         \n  export LOGBOOK=http://{address}\n",
        arguments.file
    );
    for person in &PEOPLE {
        greeting += &format!("  export {}={}\n", person.variable, person.token()?);
    }
    Ok(greeting + LINES)
}

const LINES: &str = r#"
The newest events; how many times a conversation was solved (the count stops at 10,000):

  curl -s "$LOGBOOK/conversation-logs?limit=3" -H "Authorization: Bearer $SUPERVISOR"
  curl -s "$LOGBOOK/conversation-logs?event=STATUS_CHANGED&toValue=SOLVED&limit=1&includeTotal=true" -H "Authorization: Bearer $SUPERVISOR"

Who renamed queues; the history of one item:

  curl -s "$LOGBOOK/audit-logs?event=QUEUE_RENAMED" -H "Authorization: Bearer $SETUP"
  curl -s "$LOGBOOK/audit-logs/demo-a-000001/related?orderBy=occurredAt:asc" -H "Authorization: Bearer $SETUP"

What integrations changed, in both logs:

  curl -s "$LOGBOOK/audit-logs?doneByType=API_USER&limit=3" -H "Authorization: Bearer $BOTH"
  curl -s "$LOGBOOK/conversation-logs?doneByType=API_USER&limit=3" -H "Authorization: Bearer $BOTH"

Write an event. Sent again, it is a duplicate and changes nothing:

  curl -s "$LOGBOOK/audit-logs" -H "Authorization: Bearer $PRODUCER" -H "Content-Type: application/json" -d '{"events": [{
    "id": "my-first-event", "occurredAt": "2026-11-01T09:30:00+01:00", "event": "TAG_CREATED",
    "doneBy": {"type": "USER", "id": "u-me", "name": "Me"}, "item": {"type": "TAG", "id": "t-mine", "name": "mine"}}]}'

Who read the audit logs (an access is recorded within two seconds):

  curl -s "$LOGBOOK/access-logs?log=AUDIT_LOGS&limit=3" -H "Authorization: Bearer $AUDITOR"

An agent is refused; the error for a misspelt value suggests the nearest one:

  curl -s "$LOGBOOK/conversation-logs" -H "Authorization: Bearer $AGENT"
  curl -s "$LOGBOOK/audit-logs?event=QUEUE_RENAMD" -H "Authorization: Bearer $SETUP"

Stop with Ctrl-C. The data remains in the file.
"#;
