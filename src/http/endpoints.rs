//! The endpoints of the contract. A handler's signature is also its description in the OpenAPI document.

use actix_web::{
    FromRequest, Handler, Resource, Responder, ResponseError,
    guard::{Get, Guard, Post},
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    web::{Data, Json, ServiceConfig},
};
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, HttpMethod, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
        Schema, SecurityRequirement, Type,
        path::{self, Parameter},
        request_body::RequestBodyBuilder,
        tag::{Tag, TagBuilder},
    },
};

use super::{
    connection::limits::Refusal,
    problem::{MEDIA_TYPE, Problem},
};

/// A part of a handler's signature: an argument, or the response.
pub trait Describe {
    /// Adds what it requires or returns, and the problems that it can answer with.
    fn describe(description: &mut Description);
}

/// The description of an operation, collected from the signature of its handler.
#[derive(Default)]
pub struct Description {
    operation: path::Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
    requires_token: bool,
}

impl Description {
    /// Adds parameters of the path, the query or the headers.
    pub fn parameters(&mut self, parameters: Vec<Parameter>) {
        if !parameters.is_empty() {
            self.operation.parameters.get_or_insert_default().extend(parameters.into_iter().map(RefOr::T));
        }
    }

    /// Adds the body of the request.
    pub fn body<B: Content>(&mut self) {
        let content = ContentBuilder::new().schema(Some(self.schema_of::<B>())).build();
        let body = RequestBodyBuilder::new().description(Some(B::DESCRIPTION)).required(Some(Required::True));
        self.operation.request_body = Some(RefOr::T(body.content("application/json", content).build()));
    }

    /// Adds a response in JSON with the status 200, with headers and their meanings.
    pub fn content<B: Content>(&mut self, headers: &[(&str, &str)]) {
        let schema = self.schema_of::<B>();
        self.json_of(schema, 200, B::DESCRIPTION, headers);
    }

    /// Adds a response in JSON, with headers and their meanings.
    pub fn json<B: ToSchema>(&mut self, status: u16, description: &str, headers: &[(&str, &str)]) {
        let schema = self.schema::<B>(&B::name());
        self.json_of(schema, status, description, headers);
    }

    fn json_of(&mut self, schema: Ref, status: u16, description: &str, headers: &[(&str, &str)]) {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let mut response = ResponseBuilder::new().description(description).content("application/json", content);
        for (name, meaning) in headers {
            response = response.header(*name, text_header(meaning));
        }
        self.response(status, response.build());
    }

    /// Sets the example of a response in JSON.
    pub fn example(&mut self, status: u16, example: serde_json::Value) {
        if let Some(RefOr::T(response)) = self.operation.responses.responses.get_mut(&status.to_string())
            && let Some(RefOr::T(content)) = response.content.get_mut("application/json")
        {
            content.example = Some(example);
        }
    }

    /// Adds a response.
    pub fn response(&mut self, status: u16, response: Response) {
        self.operation.responses.responses.insert(status.to_string(), RefOr::T(response));
    }

    fn has_response(&self, status: StatusCode) -> bool {
        self.operation.responses.responses.contains_key(status.as_str())
    }

    /// Adds a problem, with an example of it.
    pub fn problem(&mut self, description: &str, problem: &Problem) {
        const EXAMPLE_REQUEST_ID: &str = "01980c3e-4b5a-7f00-8a11-2f6d1c3b9e55";
        let example = json!(problem.body(EXAMPLE_REQUEST_ID.to_owned()));
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(Some(example)).build();
        let mut response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
        for (name, schema_type, meaning) in &PROBLEM_HEADERS {
            if problem.headers().any(|header| header == name) {
                let schema = ObjectBuilder::new().schema_type(schema_type.clone());
                let header = HeaderBuilder::new().schema(Some(schema)).description(Some(*meaning)).build();
                response = response.header(name.as_str(), header);
            }
        }
        self.response(problem.status_code().as_u16(), response.build());
    }

    /// States that the call requires a token.
    pub fn requires_token(&mut self) {
        self.requires_token = true;
    }

    /// Adds the schema of a body and all that it refers to.
    fn schema_of<B: Content>(&mut self) -> Ref {
        B::arguments(self);
        self.schema::<B>(&B::schema_name())
    }

    /// Adds a schema and all that it refers to, except the arguments of a generic type.
    pub fn schema<S: ToSchema>(&mut self, name: &str) -> Ref {
        self.schemas.push((name.to_owned(), S::schema()));
        S::schemas(&mut self.schemas);
        Ref::from_schema_name(name)
    }
}

/// A header whose value is text.
pub fn text_header(meaning: &str) -> utoipa::openapi::Header {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    HeaderBuilder::new().schema(Some(schema)).description(Some(meaning)).build()
}

/// The headers of problems that programs use.
static PROBLEM_HEADERS: [(HeaderName, Type, &str); 2] = [
    (header::WWW_AUTHENTICATE, Type::String, "The required scheme, and why a token was not accepted (RFC 6750)."),
    (header::RETRY_AFTER, Type::Integer, "The number of seconds to wait before the next attempt."),
];

/// What the OpenAPI document states about an operation besides its signature.
#[derive(Debug)]
pub struct About {
    pub tag: &'static str,
    pub operation_id: String,
    pub summary: String,
    pub description: String,
}

/// The endpoints. If several match a request, the first one is used.
#[derive(Default)]
pub struct Endpoints {
    resources: Vec<Resource>,
    tags: Vec<Tag>,
    operations: Vec<Operation>,
}

/// An operation, which is described only for the document, not for each thread that serves it.
struct Operation {
    method: HttpMethod,
    path: String,
    about: About,
    describe: fn(&mut Description),
}

impl Endpoints {
    /// Describes a group of endpoints.
    pub fn tag(&mut self, name: &str, description: &str) -> &mut Self {
        self.tags.push(TagBuilder::new().name(name).description(Some(description)).build());
        self
    }

    /// Adds a handler of `GET`.
    pub fn get<H, A>(&mut self, path: &str, about: About, handler: H) -> &mut Self
    where
        H: Handler<A, Output: Responder + Describe + 'static>,
        A: FromRequest + Describe + 'static,
    {
        self.add(HttpMethod::Get, Get(), path, about, handler)
    }

    /// Adds a handler of `POST`.
    pub fn post<H, A>(&mut self, path: &str, about: About, handler: H) -> &mut Self
    where
        H: Handler<A, Output: Responder + Describe + 'static>,
        A: FromRequest + Describe + 'static,
    {
        self.add(HttpMethod::Post, Post(), path, about, handler)
    }

    fn add<H, A>(&mut self, method: HttpMethod, guard: impl Guard + 'static, path: &str, about: About, handler: H) -> &mut Self
    where
        H: Handler<A, Output: Responder + Describe + 'static>,
        A: FromRequest + Describe + 'static,
    {
        self.operations.push(Operation { method, path: path.to_owned(), about, describe: <(A, H::Output)>::describe });
        self.resources.push(Resource::new(path).guard(guard).to(handler));
        self
    }

    /// Serves the endpoints.
    pub fn register(self, config: &mut ServiceConfig) {
        for resource in self.resources {
            config.service(resource);
        }
    }

    /// Adds the endpoints to the document.
    pub fn describe(self, document: &mut OpenApi) {
        document.tags = Some(self.tags);
        for Operation { method, path, about, describe } in self.operations {
            let mut description = Description::default();
            describe(&mut description);
            let Description { mut operation, schemas, requires_token } = description;
            operation.tags = Some(vec![about.tag.to_owned()]);
            operation.operation_id = Some(about.operation_id);
            operation.summary = Some(about.summary);
            operation.description = Some(about.description);
            operation.security = (!requires_token).then(|| vec![SecurityRequirement::default()]);
            document.paths.add_path_operation(path, vec![method], operation);
            document.components.get_or_insert_default().schemas.extend(schemas);
        }
    }
}

impl<T: Describe> Describe for Result<T, Problem> {
    fn describe(description: &mut Description) {
        T::describe(description);
        description.problem("The path and query are longer than 8 KiB.", &Problem::uri_too_long());
        description.problem("The request line and the headers are larger than 16 KiB.", &Problem::head_too_large());
        description.problem("An internal error of the service.", &Problem::internal());
        // Calls that have these problems for more reasons describe them themselves.
        if !description.has_response(StatusCode::TOO_MANY_REQUESTS) {
            let problem = Refusal::Address(5000).problem();
            description.problem("The address of the client has the maximum number of open connections.", &problem);
        }
        if !description.has_response(StatusCode::SERVICE_UNAVAILABLE) {
            let problem = Refusal::All.problem();
            description
                .problem("The service has the maximum number of open connections, or cannot serve requests yet.", &problem);
        }
    }
}

/// A body in JSON. The derive of its schema ignores the arguments of a generic type: such a type states them here.
pub trait Content: ToSchema {
    /// What the body is.
    const DESCRIPTION: &str;

    /// The name of its schema.
    fn schema_name() -> String {
        Self::name().into_owned()
    }

    /// Adds the schemas of its arguments.
    fn arguments(_: &mut Description) {}
}

impl<T: Content> Describe for Json<T> {
    fn describe(description: &mut Description) {
        description.content::<T>(&[]);
    }
}

/// Data of the application is no part of the contract.
impl<T> Describe for Data<T> {
    fn describe(_: &mut Description) {}
}

macro_rules! describe_tuples {
    ($(($($part:ident)*))+) => {
        $(impl<$($part: Describe),*> Describe for ($($part,)*) {
            fn describe(_description: &mut Description) {
                $($part::describe(_description);)*
            }
        })+
    };
}

describe_tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
