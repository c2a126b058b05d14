//! `/docs/problems/{name}`: the cause and remedy of a type of problem, for people.

use actix_web::{HttpRequest, HttpResponse, get};
use utoipa::IntoParams;

use super::{
    browser,
    problem::Problem,
    problem_type::{ALL, ProblemType},
    responses::{OpenProblems, UnknownPathProblem},
};

/// Names a type of problem in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
struct ProblemTypePath {
    /// The last part of the `type` of a problem document.
    #[param(example = "invalid-parameters", max_length = 64)]
    #[expect(dead_code, reason = "described here, read by the handler")]
    name: String,
}

/// Get the cause and remedy of a type of problem
///
/// A page for people. The `type` of a problem document is the path of this page.
#[utoipa::path(
    tag = "About",
    operation_id = "getProblemType",
    security(()),
    params(ProblemTypePath),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html", example = "<!doctype html>…"),
        OpenProblems,
        UnknownPathProblem
    )
)]
#[get("/docs/problems/{name}")]
pub async fn get_problem_type(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("name");
    let problem_type = ALL.iter().find(|problem_type| problem_type.name == name).ok_or_else(Problem::unknown_path)?;
    Ok(browser::protect(&mut HttpResponse::Ok()).content_type(browser::HTML).body(html(problem_type)))
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
