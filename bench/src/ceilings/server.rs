//! The servers: the framework of the service without the service.

use std::{
    cell::OnceCell,
    rc::Rc,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    error::{ErrorBadRequest, ErrorInternalServerError},
    web::{self, Bytes},
};
use chrono::DateTime;
use serde::Deserialize;
use tokio::sync::OnceCell as AsyncOnceCell;

use super::{
    Arguments, Kind,
    bare_postgres::Postgres,
    bare_sqlite::Sqlite,
    naive,
    page::{Asked, Catalogue},
};
use crate::{
    Outcome,
    plain::{Batch, sqlite},
};

/// The query of a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dated {
    date_from: String,
}

/// The database of the bare statements. Each thread opens its connections at its first request.
enum Database {
    Postgres { url: String, connections: AsyncOnceCell<Postgres> },
    Sqlite(Arc<str>),
}

struct Bare {
    database: Database,
    catalogue: Arc<Catalogue>,
}

thread_local! {
    /// The SQLite connection of each blocking thread.
    static SQLITE: OnceCell<Sqlite> = const { OnceCell::new() };
}

impl Bare {
    async fn page(&self, account: String, from: &Dated, event: Option<String>) -> actix_web::Result<HttpResponse> {
        let from = DateTime::parse_from_rfc3339(&from.date_from).map_err(ErrorBadRequest)?.timestamp_micros();
        let asked = Asked { account, from, event };
        let json = match &self.database {
            Database::Postgres { url, connections } => {
                let connections = connections.get_or_try_init(|| Postgres::open(url)).await.map_err(ErrorInternalServerError)?;
                connections.page(&asked, &self.catalogue).await.map_err(ErrorInternalServerError)?
            }
            Database::Sqlite(path) => {
                let (path, catalogue) = (Arc::clone(path), Arc::clone(&self.catalogue));
                web::block(move || sqlite_page(&path, &asked, &catalogue)).await?.map_err(ErrorInternalServerError)?
            }
        };
        Ok(HttpResponse::Ok().content_type("application/json").body(json))
    }
}

fn sqlite_page(path: &str, asked: &Asked, catalogue: &Catalogue) -> Result<Vec<u8>, String> {
    SQLITE.with(|connection| {
        if connection.get().is_none() {
            let opened = Sqlite::open(path).map_err(|error| error.to_string())?;
            let _ = connection.set(opened);
        }
        let connection = connection.get().ok_or("a connection")?;
        connection.page(asked, catalogue).map_err(|error| error.to_string())
    })
}

enum NaiveDatabase {
    Postgres { url: String, connections: AsyncOnceCell<naive::Postgres> },
    Sqlite(naive::Sqlite),
}

struct Naive {
    database: NaiveDatabase,
}

impl Naive {
    async fn store(&self, account: String, batch: Batch) -> actix_web::Result<HttpResponse> {
        let id = batch.events[0].id.clone();
        let sequence = match &self.database {
            NaiveDatabase::Postgres { url, connections } => {
                let connections =
                    connections.get_or_try_init(|| naive::Postgres::open(url)).await.map_err(ErrorInternalServerError)?;
                connections.store(&account, &batch.events[0]).await.map_err(ErrorInternalServerError)?
            }
            NaiveDatabase::Sqlite(sqlite) => naive::store_in_sqlite(Arc::clone(sqlite), account, batch).await?,
        };
        Ok(HttpResponse::Created().json(serde_json::json!({"events": [{"id": id, "sequence": sequence}]})))
    }
}

/// Serves until the process gets a signal.
pub fn serve(arguments: Arguments) -> Outcome<()> {
    actix_web::rt::System::new().block_on(async move {
        let body = arguments.body.as_deref().map(std::fs::read).transpose()?.map(Bytes::from).unwrap_or_default();
        let catalogue = arguments.catalogue.as_deref().map(Catalogue::read).transpose()?.map(Arc::new);
        let (kind, url) = (arguments.kind, arguments.database_url.unwrap_or_default());
        let naive_sqlite = match url.strip_prefix("sqlite://") {
            Some(path) if kind == Kind::Naive => Some(Arc::new(Mutex::new(sqlite::open(path)?))),
            _ => None,
        };
        let server = HttpServer::new(move || {
            let app = App::new().route("/ready", web::get().to(HttpResponse::Ok));
            match kind {
                Kind::Memory => {
                    let body = body.clone();
                    app.route(
                        "/page",
                        web::get().to(move || {
                            let body = body.clone();
                            async move { HttpResponse::Ok().content_type("application/json").body(body) }
                        }),
                    )
                }
                Kind::Bare => {
                    let database = match url.strip_prefix("sqlite://") {
                        Some(path) => Database::Sqlite(path.into()),
                        None => Database::Postgres { url: url.clone(), connections: AsyncOnceCell::new() },
                    };
                    let catalogue = catalogue.clone().expect("the catalogue is given");
                    let bare = Rc::new(Bare { database, catalogue });
                    let of_event = Rc::clone(&bare);
                    let first_page = move |account: web::Path<String>, from: web::Query<Dated>| {
                        let bare = Rc::clone(&bare);
                        async move { bare.page(account.into_inner(), &from, None).await }
                    };
                    let page_of_event = move |path: web::Path<(String, String)>, from: web::Query<Dated>| {
                        let (bare, (account, event)) = (Rc::clone(&of_event), path.into_inner());
                        async move { bare.page(account, &from, Some(event)).await }
                    };
                    app.route("/page/{account}", web::get().to(first_page))
                        .route("/page/{account}/{event}", web::get().to(page_of_event))
                }
                Kind::Naive => {
                    let database = match &naive_sqlite {
                        Some(sqlite) => NaiveDatabase::Sqlite(Arc::clone(sqlite)),
                        None => NaiveDatabase::Postgres { url: url.clone(), connections: AsyncOnceCell::new() },
                    };
                    let naive = Rc::new(Naive { database });
                    let store = move |account: web::Path<String>, batch: web::Json<Batch>| {
                        let naive = Rc::clone(&naive);
                        async move { naive.store(account.into_inner(), batch.into_inner()).await }
                    };
                    app.route("/events/{account}", web::post().to(store))
                }
            }
        });
        server.bind(arguments.listen)?.run().await?;
        Ok(())
    })
}
