//! Writes the site's headers in the forms that static hosts read.

use std::fs;

use crate::error::Error;
use crate::place::Place;
use crate::policy::{EMBED_PAGE, NOT_FRAMED, POLICY_HEADER, Policy};

/// The `_headers` file of Netlify and Cloudflare Pages.
pub(crate) fn headers_file(policy: &Policy) -> String {
    let may_be_framed = !policy.embed_origins().is_empty();
    let mut text = String::from("/*\n");
    for (name, value) in policy.headers() {
        let value = if may_be_framed && name == POLICY_HEADER {
            policy.meta()
        } else {
            value
        };
        text.push_str(&format!("  {name}: {value}\n"));
    }
    if may_be_framed {
        // These hosts add what several rules say of one path, and of two policies the browser keeps both: who may frame a
        // page must therefore not stand in the rule for all files.
        for page in FRAMED_BY_NOBODY {
            text.push_str(&format!("{page}\n  {POLICY_HEADER}: {NOT_FRAMED}\n"));
        }
        let embed = policy.embed_ancestors();
        for page in ["/embed.html", "/embed"] {
            text.push_str(&format!("{page}\n  {POLICY_HEADER}: {embed}\n"));
        }
    }
    text
}

/// The pages that nobody frames, by the paths under which hosts serve them.
const FRAMED_BY_NOBODY: [&str; 5] = ["/", "/index.html", "/index", "/lesson.html", "/lesson"];

/// Writes `docs/guides/hosting.md`.
pub(crate) fn write_guide(place: &Place) -> Result<(), Error> {
    let path = place.root.join("docs/guides/hosting.md");
    fs::write(&path, guide(&Policy::read(&place.root)?)).map_err(Error::file(&path))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The text of `docs/guides/hosting.md`.
fn guide(policy: &Policy) -> String {
    let lines = |form: &dyn Fn(&str, &str) -> String| -> String {
        policy
            .headers()
            .iter()
            .map(|(name, value)| form(name, value))
            .collect()
    };
    let nginx = lines(&|name, value| format!("    add_header {name} \"{value}\" always;\n"));
    let apache = lines(&|name, value| format!("    Header always set {name} \"{value}\"\n"));
    let caddy = lines(&|name, value| format!("        {name} \"{value}\"\n"));
    let own = policy.own_headers();
    let (mut nginx_embed, mut apache_embed) = (String::new(), String::new());
    let mut caddy = format!("    header {{\n{caddy}    }}\n");
    for (file, (name, value)) in &own {
        let all = lines(&|other, other_value| {
            let value = if other == *name { value } else { other_value };
            format!("    add_header {other} \"{value}\" always;\n")
        });
        nginx_embed +=
            &format!("location = /unimed/{file} {{\n    alias /srv/unimed/dist/{file};\n{all}}}\n");
        apache_embed += &format!(
            "    <Files \"{file}\">\n        Header always set {name} \"{value}\"\n    </Files>\n"
        );
        caddy += &format!("    header /{file} >{name} \"{value}\"\n");
    }
    format!(
        "# Put the page on a host

<!-- Written by `cargo xtask hosting` from hosts.json; change that file, not this one. -->

`cargo xtask build` writes `dist/`: plain static files with relative addresses, for any host and under any path. Serve it over https (or from localhost): browsers offer WebGPU, storage and WebCrypto only there.

Every response must carry the headers below, those of the worker scripts above all: a page's meta tag does not bind its workers. They allow the page to ask its own host, and no other{hosts}.

For a model on another host, name it in `hosts.json` (`{{\"model_hosts\": [\"https://models.example\"]}}`), then run `cargo xtask finish` and `cargo xtask hosting` ([Recipes](recipes.md#a-converted-model-on-another-host) has what that host must send).

Other sites cannot put the pages into frames. To let one use the model through a frame, name it in `hosts.json` (`{{\"embed_origins\": [\"https://course.example\"]}}`), then run `cargo xtask finish` and `cargo xtask hosting`: this guide and `dist/_headers` then have a rule for `{EMBED_PAGE}`, which alone is framed, and the page itself hears of nobody else ([Embed](embedding.md#in-a-frame)).{embedding}

Hosts must send the files as they are: browsers refuse a script that a host has changed on the way. `cargo xtask verify-site https://your.host/` compares them ([Check a site](checking.md)); after a change in `dist/`, `cargo xtask finish` brings its lists up to date.

## Netlify, Cloudflare Pages

Nothing to do: `dist/_headers` holds the headers.

## nginx

```nginx
location /unimed/ {{
    alias /srv/unimed/dist/;
    types {{ application/wasm wasm; text/javascript js; text/css css; text/html html; application/json json; }}
{nginx}}}
{nginx_embed}```

## Apache

```apache
<Directory /srv/unimed/dist>
    AddType application/wasm .wasm
{apache}{apache_embed}</Directory>
```

## Caddy

```caddy
example.org {{
    root * /srv/unimed/dist
    file_server
{caddy}}}
```
",
        embedding = if own.is_empty() { String::new() } else { format!(" Here these sites may: {}.", policy.embed_origins().join(", ")) },
        hosts = if policy.header().contains("://") { " but the hosts named in connect-src" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_file_has_the_policy_for_every_path() {
        let policy = Policy::read(&Place::find().root).unwrap();
        let text = headers_file(&policy);
        assert!(
            text.starts_with("/*\n  Content-Security-Policy: default-src 'none'; "),
            "{text}"
        );
        assert!(
            text.contains("\n  X-Content-Type-Options: nosniff\n"),
            "{text}"
        );
    }

    #[test]
    fn the_rule_for_all_files_leaves_framing_to_those_of_the_pages() {
        let text = r#"{"model_hosts": [], "embed_origins": ["https://course.example"]}"#;
        let policy = Policy::parse(text).unwrap();
        let text = headers_file(&policy);
        let (all, pages) = text.split_once("/\n").expect("a rule for the first page");
        assert!(!all.contains("frame-ancestors"), "{all}");
        assert!(pages.contains("/index.html\n  Content-Security-Policy: frame-ancestors 'none'\n"));
        assert!(
            pages.contains("/lesson.html\n  Content-Security-Policy: frame-ancestors 'none'\n")
        );
        let embed =
            "/embed.html\n  Content-Security-Policy: frame-ancestors https://course.example\n";
        assert!(pages.contains(embed), "{pages}");
        let guide = guide(&policy);
        assert!(guide.contains("location = /unimed/embed.html {"));
        assert!(guide.contains("<Files \"embed.html\">"));
        assert!(guide.contains("header /embed.html >Content-Security-Policy"));
        // Of each kind of host two rules: one for that page and one for all others.
        assert_eq!(
            guide
                .matches("frame-ancestors https://course.example")
                .count(),
            3
        );
    }

    #[test]
    fn the_guide_is_up_to_date() {
        let place = Place::find();
        let written = fs::read_to_string(place.root.join("docs/guides/hosting.md")).unwrap();
        let policy = Policy::read(&place.root).unwrap();
        assert!(
            written == guide(&policy),
            "docs/guides/hosting.md is out of date; run `cargo xtask hosting`"
        );
    }
}
