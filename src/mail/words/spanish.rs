//! Spanish.

use super::{Reader, Words, moment};
use crate::mail::letter::{ChangedBy, Facts};

pub(super) fn words(facts: &Facts, reader: &Reader<'_>) -> Words {
    let app = reader.app_name;
    Words {
        language: "es",
        subject: subject(facts, app),
        greeting: format!("Hola, {}:", reader.full_name),
        paragraphs: paragraphs(facts, app),
        button: button(facts),
        copy: "O copia esta dirección en tu navegador:",
        closing: closing(facts, reader),
    }
}

fn subject(facts: &Facts, app: &str) -> String {
    match facts {
        Facts::Invitation { .. } => format!("Te han invitado a {app}"),
        Facts::PasswordReset { .. } => format!("Elige una nueva contraseña para {app}"),
        Facts::ConfirmAddress { .. } => format!("Confirma tu dirección para {app}"),
        Facts::AddressChanged { .. } => format!("Tu dirección para {app} ha cambiado"),
        Facts::PasswordChanged { .. } => format!("Tu contraseña para {app} ha cambiado"),
        Facts::NewDevice { .. } => format!("Nuevo inicio de sesión en {app}"),
    }
}

fn button(facts: &Facts) -> Option<&'static str> {
    match facts {
        Facts::Invitation { .. } => Some("Aceptar la invitación"),
        Facts::PasswordReset { .. } => Some("Elegir una nueva contraseña"),
        Facts::ConfirmAddress { .. } => Some("Confirmar la dirección"),
        _ => None,
    }
}

fn paragraphs(facts: &Facts, app: &str) -> Vec<String> {
    match facts {
        Facts::Invitation {
            invited_by: Some(who),
            ..
        } => vec![format!(
            "{who} te invita a {app}. Elige un nombre y una contraseña para entrar."
        )],
        Facts::Invitation {
            invited_by: None, ..
        } => vec![format!(
            "Te han invitado a {app}. Elige un nombre y una contraseña para entrar."
        )],
        Facts::PasswordReset { .. } => vec![format!(
            "Alguien, seguramente tú, ha pedido una nueva contraseña para tu cuenta en {app}."
        )],
        Facts::ConfirmAddress { .. } => vec![format!(
            "Esta dirección va a ser la nueva de tu cuenta en {app}. Será válida cuando la confirmes."
        )],
        Facts::AddressChanged { from, to, by } => vec![format!(
            "{} la dirección de tu cuenta en {app} de {from} a {to}. A partir de ahora, inicia sesión con la nueva.",
            who(*by)
        )],
        Facts::PasswordChanged { by } => vec![format!(
            "{} la contraseña de tu cuenta en {app}. Las demás sesiones se han cerrado.",
            who(*by)
        )],
        Facts::NewDevice { at, device, ip } => vec![
            format!("Alguien ha iniciado sesión en tu cuenta en {app} desde un lugar nuevo."),
            place(&moment(at), device.as_deref(), ip.as_deref()),
        ],
    }
}

fn who(by: ChangedBy) -> &'static str {
    match by {
        ChangedBy::Owner => "Has cambiado",
        ChangedBy::Admin => "Un administrador ha cambiado",
    }
}

fn place(at: &str, device: Option<&str>, ip: Option<&str>) -> String {
    let device = device.unwrap_or("desconocido");
    let ip = ip.unwrap_or("desconocida");
    format!("Cuándo: {at}. Dispositivo: {device}. Dirección de internet: {ip}.")
}

fn closing(facts: &Facts, reader: &Reader<'_>) -> Vec<String> {
    let mut closing = Vec::new();
    if let Some(end) = facts.expires_at() {
        let end = moment(&end);
        closing.push(format!("El enlace sirve una sola vez, hasta el {end}."));
    }
    closing.push(match facts {
        Facts::Invitation { .. } => {
            "Si no sabes de qué se trata, puedes ignorar este mensaje.".to_owned()
        }
        Facts::PasswordReset { .. } | Facts::ConfirmAddress { .. } => {
            "Si no has sido tú, puedes ignorar este mensaje: no cambia nada.".to_owned()
        }
        Facts::AddressChanged { .. } => {
            "Si no lo esperabas, avisa enseguida a tu administrador.".to_owned()
        }
        Facts::PasswordChanged { .. } | Facts::NewDevice { .. } => {
            "Si no has sido tú, cambia tu contraseña y avisa enseguida a tu administrador."
                .to_owned()
        }
    });
    if let Some(support) = reader.support {
        closing.push(format!("¿Preguntas? Escribe a {support}."));
    }
    closing
}
