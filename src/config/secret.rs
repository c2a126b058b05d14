//! Secrets. No message contains them.

use std::{any::TypeId, ffi::OsString, fs, os::unix::ffi::OsStringExt, path::Path};

use clap::Arg;
use secrecy::{ExposeSecret, SecretSlice};

use super::SettingsError;

/// A secret: any bytes. `Debug` does not print them. Parsing accepts every argument, so no error of a parser contains it.
///
/// Arguments of this type are masked when settings are printed.
#[derive(Debug, Clone)]
pub struct Secret(SecretSlice<u8>);

impl Secret {
    /// The content of a file. One line break at its end is removed, because editors add one.
    pub fn of_file(setting: &'static str, path: &Path) -> Result<Self, SettingsError> {
        let mut content = fs::read(path).map_err(|error| SettingsError::File { setting, path: path.to_owned(), error })?;
        if content.last() == Some(&b'\n') {
            content.pop();
            if content.last() == Some(&b'\r') {
                content.pop();
            }
        }
        Ok(Self(content.into()))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The bytes as text, if they are UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes()).ok()
    }
}

impl From<OsString> for Secret {
    fn from(text: OsString) -> Self {
        Self(text.into_vec().into())
    }
}

/// Whether the values of the argument are secrets.
pub(super) fn is_secret(argument: &Arg) -> bool {
    argument.get_value_parser().type_id() == TypeId::of::<Secret>()
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn debug_output_of_settings_has_no_secret() {
        let secrets = ["--jwt-secret", "Xq7Zk2Vw9Tb4Jd8-Mn3Rc6Lp1Hs5Gf0W", "--database-url", "postgres://u:Xq7Zk2Vw9Tb4Jd8@h/d"];
        let settings = Settings::from_arguments(secrets).unwrap();
        let resolved = settings.resolve().unwrap();
        assert!(settings.tokens.secret().unwrap().is_some_and(|secret| secret.bytes() == secrets[1].as_bytes()));
        for printed in [format!("{settings:?}"), format!("{settings:#?}"), format!("{resolved:?}")] {
            assert!(!printed.contains("Xq7Zk2Vw9Tb4Jd8"), "{printed}");
        }
    }
}
