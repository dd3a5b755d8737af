//! Serves `dist/` on this machine as a well set up host would: with the site's headers on every response.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::Error;
use crate::place::Place;
use crate::policy::Policy;

/// How to serve.
#[derive(Debug)]
pub(crate) struct Options {
    /// The port; 0 takes a free one.
    pub(crate) port: u16,
    /// The path under which the site appears: `/` or `/some/path/`.
    pub(crate) under: String,
    /// Print a line for every request.
    pub(crate) log: bool,
}

#[derive(Debug)]
struct Site {
    dist: PathBuf,
    under: String,
    log: bool,
}

/// Serves until the process is ended.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Error> {
    let dist = place.dist();
    if !dist.join("index.html").is_file() {
        return Err(Error::Missing {
            what: dist.join("index.html").display().to_string(),
            remedy: "run `cargo xtask build` first, or leave out --no-build".to_owned(),
        });
    }
    let under = normal_path(&options.under);
    let app = router(
        &Policy::read(&place.root)?,
        Site {
            dist,
            under: under.clone(),
            log: options.log,
        },
    );
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let failed = |source| Error::Start {
        command: format!("serve at {address}"),
        source,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // Tests read this line to learn the port.
        println!("Serving at http://{address}{under} (end with Ctrl+C)");
        axum::serve(listener, app).await.map_err(failed)
    })
}

fn router(policy: &Policy, site: Site) -> Router {
    let files = ServeDir::new(&site.dist);
    let own = Arc::new(own_headers(policy, &site.under));
    let site = Arc::new(site);
    let mut app = Router::new()
        .fallback_service(files)
        .layer(from_fn_with_state(site, find_file));
    let mut headers = policy.headers();
    // Files change under the same name from build to build: ask again, and answer "not modified".
    headers.push(("Cache-Control", "no-cache".to_owned()));
    for (name, value) in headers {
        let (name, value) = header(name, value);
        app = app.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    app.layer(from_fn_with_state(own, set_own_headers))
}

fn header(name: &str, value: String) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_bytes(name.as_bytes()).expect("invariant: header names are constants"),
        HeaderValue::try_from(value).expect("invariant: hosts are checked to be plain ASCII"),
    )
}

/// Headers of single files, by the paths under which they are served.
type OwnHeaders = Vec<(String, (HeaderName, HeaderValue))>;

fn own_headers(policy: &Policy, under: &str) -> OwnHeaders {
    let own = policy.own_headers().into_iter();
    own.map(|(file, (name, value))| (format!("{under}{file}"), header(name, value)))
        .collect()
}

/// Puts headers that are a file's alone in place of those of all files.
async fn set_own_headers(
    State(own): State<Arc<OwnHeaders>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    for (file, (name, value)) in own.iter() {
        if *file == path {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}

/// Takes the prefix off, answers "not modified" by tag, and tags what is sent.
async fn find_file(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    if site.log {
        println!("{} {}", request.method(), request.uri());
    }
    let Some(path) = request
        .uri()
        .path()
        .strip_prefix(&site.under)
        .map(|rest| format!("/{rest}"))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = tag_of(&site.dist, &path);
    let known = request.headers().get(header::IF_NONE_MATCH);
    if let Some(tag) = &tag
        && known.is_some_and(|known| known == tag)
    {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.clone())]).into_response();
    }
    let Ok(path) = PathAndQuery::try_from(path) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = Uri::from(path);
    let mut response = next.run(request).await;
    if let Some(tag) = tag
        && (response.status().is_success())
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A tag that changes with the file: its length and the time of its last change.
fn tag_of(dist: &Path, path: &str) -> Option<HeaderValue> {
    let relative = Path::new(path.trim_start_matches('/'));
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let file = if path.ends_with('/') {
        dist.join(relative).join("index.html")
    } else {
        dist.join(relative)
    };
    let data = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let changed = data
        .modified()
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?
        .as_nanos();
    HeaderValue::try_from(format!("\"{:x}-{changed:x}\"", data.len())).ok()
}

/// With one slash at each end.
fn normal_path(path: &str) -> String {
    match path.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_slash_at_each_end() {
        assert_eq!(normal_path(""), "/");
        assert_eq!(normal_path("/"), "/");
        assert_eq!(normal_path("some/path"), "/some/path/");
        assert_eq!(normal_path("/some/path/"), "/some/path/");
    }

    #[test]
    fn a_tag_is_given_for_files_inside_the_site_only() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(tag_of(&source, "/serve.rs").is_some());
        assert!(tag_of(&source, "/../Cargo.toml").is_none());
        assert!(tag_of(&source, "/nothing.rs").is_none());
    }
}
