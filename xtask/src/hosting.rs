//! Writes the site's headers in the forms that static hosts read.

use std::fs;

use crate::error::Error;
use crate::place::Place;
use crate::policy::Policy;

/// The `_headers` file of Netlify and Cloudflare Pages.
pub(crate) fn headers_file(policy: &Policy) -> String {
    let mut text = String::from("/*\n");
    for (name, value) in policy.headers() {
        text.push_str(&format!("  {name}: {value}\n"));
    }
    text
}

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
    format!(
        "# Put the page on a host

<!-- Written by `cargo xtask hosting` from hosts.json; change that file, not this one. -->

`cargo xtask build` writes `dist/`: plain static files with relative addresses, for any host and under any path. Serve it over https (or from localhost): browsers offer WebGPU, storage and WebCrypto only there.

Every response must carry the headers below, those of the worker scripts above all: a page's meta tag does not bind its workers. They allow the page to ask its own host, and no other{hosts}.

If you build with a model on another host, name it in `hosts.json` first (`{{\"model_hosts\": [\"https://models.example\"]}}`), then build again and run `cargo xtask hosting`.

Hosts must send the files as they are: browsers refuse a script that a host has changed on the way. `cargo xtask verify-site https://your.host/` compares them ([Check a site](checking.md)); after a change in `dist/`, `cargo xtask finish` brings its lists up to date.

## Netlify, Cloudflare Pages

Nothing to do: `dist/_headers` holds the headers.

## nginx

```nginx
location /unimed/ {{
    alias /srv/unimed/dist/;
    types {{ application/wasm wasm; text/javascript js; text/css css; text/html html; application/json json; }}
{nginx}}}
```

## Apache

```apache
<Directory /srv/unimed/dist>
    AddType application/wasm .wasm
{apache}</Directory>
```

## Caddy

```caddy
example.org {{
    root * /srv/unimed/dist
    file_server
    header {{
{caddy}    }}
}}
```
",
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
