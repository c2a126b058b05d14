//! Reads a query string, and collects the faults of all parameters.

use std::str::FromStr;

use actix_web::HttpRequest;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::problem::{Problem, Violation};
use crate::domain::{
    fault::{Fault, quoted},
    filter::AnyOf,
};

/// The parameters of a request, read one by one. Those that were not read are unknown, and refused at the end.
#[derive(Debug)]
pub struct Parameters {
    request: HttpRequest,
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
    violations: Vec<Violation>,
}

impl Parameters {
    /// Splits the query string (`application/x-www-form-urlencoded`).
    pub fn of(request: &HttpRequest) -> Self {
        let mut parameters = Self { request: request.clone(), given: Vec::new(), known: Vec::new(), violations: Vec::new() };
        for pair in request.query_string().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decoded(name), decoded(value)) {
                (Ok(name), Ok(value)) => parameters.given.push((name, value)),
                (Err(fault), _) | (_, Err(fault)) => parameters.refuse(name, fault),
            }
        }
        parameters
    }

    /// The path and query of the request, as they were sent.
    pub fn url(&self) -> &str {
        self.request.uri().path_and_query().map_or("", |url| url.as_str())
    }

    /// The query as it was sent, but without a cursor, and with an `&` at its end if it has other parameters.
    pub fn query_without_cursor(&self) -> String {
        /// The rest of what a URL within `<>` must not contain.
        const DELIMITERS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
        let is_cursor = |pair: &str| decoded(pair.split('=').next().unwrap_or_default()).is_ok_and(|name| name == "cursor");
        let pairs = self.request.query_string().split('&').filter(|pair| !pair.is_empty() && !is_cursor(pair));
        pairs.map(|pair| format!("{}&", utf8_percent_encode(pair, DELIMITERS))).collect()
    }

    /// The path of the request.
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// A header whose fault is reported together with those of the parameters.
    pub fn header<T: FromStr<Err = Fault>>(&mut self, name: &str) -> Option<T> {
        let value = self.request.headers().get(name)?;
        let parsed = String::from_utf8_lossy(value.as_bytes()).parse();
        parsed.map_err(|fault| self.refuse(name, fault)).ok()
    }

    /// A filter: it may be repeated, and matches any of its values.
    pub fn any_of<T: FromStr<Err = Fault>>(&mut self, name: &'static str) -> AnyOf<T> {
        let values = self.values(name);
        if values.len() > AnyOf::<T>::MAXIMUM {
            let message = format!("has {} values; at most {} are allowed", values.len(), AnyOf::<T>::MAXIMUM);
            self.refuse(name, Fault::new(message));
            return AnyOf::default();
        }
        if values.is_empty() {
            return AnyOf::default();
        }
        AnyOf::these(values.iter().filter_map(|value| self.parsed_once(name, value)).collect())
    }

    /// An optional parameter that may be given once.
    pub fn one<T: FromStr<Err = Fault>>(&mut self, name: &'static str) -> Option<T> {
        let values = self.values(name);
        match values.as_slice() {
            [] => None,
            [value] => self.parsed(name, value),
            [first, second, rest @ ..] => {
                let more = if rest.is_empty() { "" } else { ", …" };
                let message = format!(
                    "given {} times ({}, {}{more}); at most once is allowed",
                    values.len(),
                    quoted(first),
                    quoted(second)
                );
                self.refuse(name, Fault::new(message));
                None
            }
        }
    }

    /// A required parameter.
    pub fn required<T: FromStr<Err = Fault>>(&mut self, name: &'static str, allowed: &[&str]) -> Option<T> {
        if !self.is_given(name) {
            let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
            self.refuse(name, Fault { message: "is required".to_owned(), allowed });
        }
        self.one(name)
    }

    /// Whether a parameter is given, valid or not.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// A parameter that is `true` or `false`; by default `false`.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.one::<Flag>(name).is_some_and(|flag| flag.0)
    }

    /// Adds a fault that follows from several parameters.
    pub fn refuse(&mut self, name: &str, fault: Fault) {
        self.violations.push(Violation::new(name, fault));
    }

    /// All given parameters except those of the page.
    pub fn filters(&self) -> impl Iterator<Item = &(String, String)> {
        self.given.iter().filter(|(name, _)| !["limit", "cursor", "includeTotal", "orderBy"].contains(&name.as_str()))
    }

    /// Refuses parameters that were not read, and reports all faults.
    pub fn finish(&mut self) -> Result<(), Problem> {
        let mut unknown: Vec<&str> = Vec::new();
        for (name, _) in &self.given {
            if !self.known.contains(&name.as_str()) && !unknown.contains(&name.as_str()) {
                unknown.push(name);
            }
        }
        let faults: Vec<Violation> = unknown
            .into_iter()
            .map(|name| Violation::new(name, Fault::not_one_of("a parameter of this call", name, self.known.iter().copied())))
            .collect();
        self.violations.extend(faults);
        match std::mem::take(&mut self.violations) {
            violations if violations.is_empty() => Ok(()),
            violations => Err(Problem::invalid_parameters(violations)),
        }
    }

    fn values(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        self.given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone()).collect()
    }

    /// A value of a filter. A list with commas is a common mistake, so its fault suggests repeating the parameter.
    fn parsed_once<T: FromStr<Err = Fault>>(&mut self, name: &str, value: &str) -> Option<T> {
        let is_list = || value.contains(',') && value.split(',').all(|part| part.parse::<T>().is_ok());
        value
            .parse()
            .map_err(|fault: Fault| {
                let message = if is_list() {
                    let repeated: Vec<String> = value.split(',').map(|part| format!("{name}={part}")).collect();
                    format!("{} is a list; repeat the parameter instead: {}", quoted(value), repeated.join("&"))
                } else {
                    fault.message
                };
                self.refuse(name, Fault { message, allowed: fault.allowed });
            })
            .ok()
    }

    fn parsed<T: FromStr<Err = Fault>>(&mut self, name: &str, value: &str) -> Option<T> {
        value.parse().map_err(|fault| self.refuse(name, fault)).ok()
    }
}

/// `true` or `false`.
struct Flag(bool);

impl FromStr for Flag {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse().map(Self).map_err(|_| Fault::not_one_of("true or false", text, ["true", "false"]))
    }
}

fn decoded(text: &str) -> Result<String, Fault> {
    let is_escape = |after: &str| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escape) {
        return Err(Fault::new(format!("{} has a % that is not followed by two hexadecimal digits", quoted(text))));
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(Into::into);
    decoded.map_err(|_| Fault::new(format!("{} is not UTF-8 after percent-decoding", quoted(text))))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::domain::{page::Limit, text::Text};

    fn parameters(query: &str) -> Parameters {
        Parameters::of(&TestRequest::with_uri(&format!("/?{query}")).to_http_request())
    }

    #[test]
    fn values_are_decoded_like_those_of_forms() {
        let mut parameters = parameters("fromValue=a+b%2B%C3%A9&fromValue=");
        let values = parameters.any_of::<Text>("fromValue");
        let texts: Vec<_> = values.values().unwrap().iter().map(Text::as_str).collect();
        assert_eq!(texts, ["a b+é", ""]);
        assert!(parameters.finish().is_ok());
    }

    #[test]
    fn every_fault_is_reported() {
        let mut parameters = parameters("limit=0&fromValue=%FF&limt=1");
        assert_eq!(parameters.one::<Limit>("limit"), None);
        parameters.any_of::<Text>("fromValue");
        assert!(parameters.finish().is_err());
    }
}
