//! The one definition of what the site may do: its Content-Security-Policy and the headers beside it.
//!
//! The development server, the `_headers` file, the page's meta tag and the snippets of `docs/guides/hosting.md` are all
//! made from here.

use std::path::Path;

use crate::error::Error;

/// The page that other sites may put into a frame, if `hosts.json` names them.
pub(crate) const EMBED_PAGE: &str = "embed.html";

/// The security policy of a site that may load models from the given hosts, and whose one page the given sites may frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    model_hosts: Vec<String>,
    embed_origins: Vec<String>,
}

impl Policy {
    /// Reads `hosts.json`: `{"model_hosts": ["https://models.example"], "embed_origins": ["https://course.example"]}`.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        let path = root.join("hosts.json");
        let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
        Self::parse(&text).map_err(|found| Error::Content {
            path,
            expected: "{\"model_hosts\": [\"https://host\", ...], \"embed_origins\": [\"https://host\", ...]}"
                .to_owned(),
            found,
            remedy: "name each host by scheme and name only",
        })
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let list = |name: &str| {
            let hosts = value[name]
                .as_array()
                .ok_or_else(|| format!("no list \"{name}\""))?;
            let checked = hosts.iter().map(|host| match host.as_str() {
                Some(host) if is_origin(host) => Ok(host.to_owned()),
                _ => Err(format!("the host {host}")),
            });
            checked.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            model_hosts: list("model_hosts")?,
            embed_origins: list("embed_origins")?,
        })
    }

    /// The sites that may put the page [`EMBED_PAGE`] into a frame.
    pub(crate) fn embed_origins(&self) -> &[String] {
        &self.embed_origins
    }

    /// The value of the `Content-Security-Policy` header.
    pub(crate) fn header(&self) -> String {
        // A page cannot be told by its own meta tag who may frame it, so this part is for the header alone.
        format!("{}; {NOT_FRAMED}", self.meta())
    }

    /// The directive for [`EMBED_PAGE`]; nobody may frame it where `hosts.json` names nobody.
    pub(crate) fn embed_ancestors(&self) -> String {
        match self.embed_origins.as_slice() {
            [] => NOT_FRAMED.to_owned(),
            origins => format!("frame-ancestors {}", origins.join(" ")),
        }
    }

    /// Headers that a file of the site has in place of those of all files, by the file's path.
    pub(crate) fn own_headers(&self) -> Vec<(&'static str, (&'static str, String))> {
        if self.embed_origins.is_empty() {
            return Vec::new();
        }
        let policy = format!("{}; {}", self.meta(), self.embed_ancestors());
        vec![(EMBED_PAGE, (POLICY_HEADER, policy))]
    }

    /// The value of the page's `<meta http-equiv="Content-Security-Policy">`.
    pub(crate) fn meta(&self) -> String {
        let mut connect = String::from("connect-src 'self'");
        for host in &self.model_hosts {
            connect.push(' ');
            connect.push_str(host);
        }
        [
            "default-src 'none'",
            // 'wasm-unsafe-eval' allows compiling WebAssembly and nothing else.
            "script-src 'self' 'wasm-unsafe-eval'",
            &connect,
            // Opened and painted images live in blob: and data: addresses.
            "img-src 'self' blob: data:",
            "style-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-src 'none'",
            // Strings become code or markup only through the one policy of that name, in public/boot.js and public/sw.js.
            "require-trusted-types-for 'script'",
            "trusted-types default",
        ]
        .join("; ")
    }

    /// Every header that a host should send with every file of the site.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            (POLICY_HEADER, self.header()),
            (
                "Permissions-Policy",
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), \
                 display-capture=()"
                    .to_owned(),
            ),
            ("Referrer-Policy", "no-referrer".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("Cross-Origin-Opener-Policy", "same-origin".to_owned()),
            // With the one above no other site shares this one's process, nor does anything of another site that does not
            // agree to it.
            ("Cross-Origin-Embedder-Policy", "require-corp".to_owned()),
            ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
        ]
    }

    /// Puts the policy into a page, in place of any that is there.
    pub(crate) fn insert_into(&self, html: &str) -> Option<String> {
        let html = without_meta_policy(html);
        let head = html.find("<head>")? + "<head>".len();
        let tag = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">",
            self.meta()
        );
        let rest = html[head..].trim_start_matches('\n');
        Some(format!("{}\n{tag}\n{rest}", &html[..head]))
    }
}

/// The header's name.
pub(crate) const POLICY_HEADER: &str = "Content-Security-Policy";

/// Nobody may put a page into a frame.
pub(crate) const NOT_FRAMED: &str = "frame-ancestors 'none'";

/// A scheme and a host, perhaps a port, and nothing that could end or widen the directive it is put into.
fn is_origin(text: &str) -> bool {
    let Some(host) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
}

fn without_meta_policy(html: &str) -> String {
    let mut html = html.to_owned();
    while let Some(start) = html.find("<meta http-equiv=\"Content-Security-Policy\"") {
        let Some(length) = html[start..].find('>') else {
            break;
        };
        html.replace_range(start..=start + length, "");
    }
    html
}

/// The first script of a page that the policy would refuse because it stands inside the page.
pub(crate) fn inline_script(html: &str) -> Option<&str> {
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let open = rest.find('>')? + 1;
        let close = rest.find("</script>").unwrap_or(rest.len());
        if !rest[..open].contains(" src=") || !rest[open..close.max(open)].trim().is_empty() {
            return Some(&rest[..close]);
        }
        rest = &rest[close..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
        img-src 'self' blob: data:; style-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-src 'none'; require-trusted-types-for 'script'; trusted-types default";

    #[test]
    fn without_hosts_only_the_site_itself_may_be_asked() {
        let policy = Policy::parse(r#"{"model_hosts": [], "embed_origins": []}"#).unwrap();
        assert_eq!(policy.meta(), CLOSED);
        assert_eq!(policy.header(), format!("{CLOSED}; frame-ancestors 'none'"));
        assert_eq!(policy.embed_ancestors(), "frame-ancestors 'none'");
        assert_eq!(policy.own_headers(), []);
    }

    #[test]
    fn a_site_that_is_named_may_frame_one_page_and_no_other() {
        let text = r#"{"model_hosts": [], "embed_origins": ["https://course.example", "http://10.0.0.7:8080"]}"#;
        let policy = Policy::parse(text).unwrap();
        assert_eq!(policy.header(), format!("{CLOSED}; frame-ancestors 'none'"));
        let own = format!("{CLOSED}; frame-ancestors https://course.example http://10.0.0.7:8080");
        assert_eq!(
            policy.own_headers(),
            [("embed.html", ("Content-Security-Policy", own))]
        );
    }

    #[test]
    fn a_model_host_may_be_asked_and_nothing_more() {
        let text = r#"{"model_hosts": ["https://models.example"], "embed_origins": []}"#;
        let policy = Policy::parse(text).unwrap();
        assert_eq!(
            policy.meta(),
            CLOSED.replace(
                "connect-src 'self'",
                "connect-src 'self' https://models.example"
            )
        );
    }

    #[test]
    fn a_host_cannot_smuggle_in_a_directive() {
        for host in [
            "https://a; script-src *",
            "*",
            "https://*",
            "a.example",
            "https://a/path",
            "https://",
        ] {
            let (one, none) = (vec![host], Vec::new());
            for (models, embed) in [(&one, &none), (&none, &one)] {
                let text = serde_json::json!({ "model_hosts": models, "embed_origins": embed });
                let error = Policy::parse(&text.to_string()).unwrap_err();
                assert!(error.contains(host), "{host}");
            }
        }
        assert_eq!(Policy::parse("{}").unwrap_err(), "no list \"model_hosts\"");
    }

    #[test]
    fn the_page_gets_the_policy_once() {
        let policy = Policy::parse(r#"{"model_hosts": [], "embed_origins": []}"#).unwrap();
        let once = policy
            .insert_into("<html><head><title>U</title></head></html>")
            .unwrap();
        assert_eq!(
            once,
            format!(
                "<html><head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{CLOSED}\">\n<title>U</title></head></html>"
            )
        );
        assert_eq!(
            policy
                .insert_into(&once)
                .unwrap()
                .matches("default-src")
                .count(),
            1
        );
    }

    #[test]
    fn inline_scripts_are_found() {
        assert_eq!(
            inline_script("<script type=\"module\" src=\"boot.js\"></script>"),
            None
        );
        assert_eq!(
            inline_script("<script src=\"a.js\"></script><script>alert(1)</script>"),
            Some("<script>alert(1)")
        );
        assert_eq!(
            inline_script("<script src=\"a.js\">x</script>"),
            Some("<script src=\"a.js\">x")
        );
    }

    #[test]
    fn trunk_and_the_page_have_the_same_policy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let policy = Policy::read(&root).unwrap();
        let trunk = std::fs::read_to_string(root.join("trunk.toml")).unwrap();
        assert!(
            trunk.contains(&format!(
                "\"Content-Security-Policy\" = \"{}\"",
                policy.header()
            )),
            "trunk.toml should send: {}",
            policy.header()
        );
        let page = std::fs::read_to_string(root.join("index.html")).unwrap();
        assert!(
            page.contains(&format!("content=\"{}\"", policy.meta())),
            "index.html should carry: {}",
            policy.meta()
        );
    }
}
