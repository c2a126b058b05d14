//! The security headers of files for a browser.

use actix_web::{HttpResponseBuilder, http::header};

pub const HTML: &str = "text/html; charset=utf-8";

/// Forbids other hosts, inline code and frames, because a name in a log can contain any text and must never become code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The same for files whose style contains images.
const WITH_IMAGES_IN_STYLES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the security headers.
pub fn protect(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// Adds the security headers of a file whose style contains images.
pub fn protect_with_images_in_styles(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    protect(response).insert_header((header::CONTENT_SECURITY_POLICY, WITH_IMAGES_IN_STYLES))
}
