//! `/docs/problems/{name}`: an HTML page with the cause and remedy of a type of problem.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload};
use utoipa::{
    IntoParams,
    openapi::{ContentBuilder, ObjectBuilder, ResponseBuilder, Type},
};

use super::{
    browser,
    endpoints::{Describe, Description},
    problem::Problem,
    problem_type::{ALL, ProblemType},
};

/// The type of problem that the path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProblemTypePath {
    /// The last part of the `type` of a problem document.
    #[param(example = "invalid-parameters", max_length = 64)]
    name: String,
}

impl FromRequest for ProblemTypePath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { name: request.match_info().query("name").to_owned() }))
    }
}

impl Describe for ProblemTypePath {
    fn describe(description: &mut Description) {
        description.parameters(Self::into_params(|| None));
        description.problem("There is no problem type with this name.", &Problem::unknown_path());
    }
}

/// Answers with the page of a type of problem.
pub async fn get_problem_type(ProblemTypePath { name }: ProblemTypePath) -> Result<ProblemPage, Problem> {
    ALL.iter().find(|problem_type| problem_type.name == name).map(|found| ProblemPage(found)).ok_or_else(Problem::unknown_path)
}

/// The page of a type of problem.
pub struct ProblemPage(&'static ProblemType);

impl Responder for ProblemPage {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        browser::protect(&mut HttpResponse::Ok()).content_type(browser::HTML).body(html(self.0))
    }
}

impl Describe for ProblemPage {
    fn describe(description: &mut Description) {
        let content = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        let content = content.example(Some("<!doctype html>…".into())).build();
        let response = ResponseBuilder::new().description("The page.").content("text/html", content);
        description.response(200, response.build());
    }
}

fn html(problem_type: &ProblemType) -> String {
    let ProblemType { title, status, cause, remedy, .. } = problem_type;
    let (status, path) = (status.as_u16(), problem_type.path());
    let others: String = ALL.iter().map(|other| format!("<li><a href=\"{}\">{}</a></li>\n", other.name, other.title)).collect();
    let others = others.trim_end();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
         <h1>{title}</h1>\n<p>Type <code>{path}</code>, status {status}</p>\n\
         <h2>Cause</h2>\n<p>{cause}</p>\n<h2>Remedy</h2>\n<p>{}</p>\n\
         <h2>All types</h2>\n<ul>\n{others}\n</ul>\n<p><a href=\"../\">Documentation of the API</a></p>\n</body>\n</html>\n",
        remedy.replace('&', "&amp;")
    )
}
