//! What guessers try first. Lists of leaked passwords hold few of fifteen characters; those that they hold are runs of
//! keys, repetitions and sayings, and the rest is common words put together. zxcvbn's 30,000 common passwords come on
//! top.

/// The commonest passwords of fifteen characters and more, in lower case, letters and digits only.
#[rustfmt::skip]
pub(super) const PASSWORDS: &[&str] = &[
    "1qaz2wsx3edc4rfv", "1qaz2wsx3edc4rfv5tgb", "1qazxsw23edcvfr4", "1qazxsw23edcvfr45tgb", "zaq12wsxcde34rfv",
    "1q2w3e4r5t6y7u8i", "1q2w3e4r5t6y7u8i9o", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8", "q1w2e3r4t5y6u7i8o9",
    "q1w2e3r4t5y6u7i8o9p0", "a1b2c3d4e5f6g7h8", "a1b2c3d4e5f6g7h8i9", "a1b2c3d4e5f6g7h8i9j0", "qazwsxedcrfvtgb",
    "qazwsxedcrfvtgbyhn", "qazwsxedcrfvtgbyhnujm", "qweasdzxcrtyfghvbn", "qwertyuiopasdfgh", "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjkl", "azertyuiopqsdfghjklm", "qwertyuiop123456789",
    "qwertyuiop1234567890", "1234567890qwertyuiop", "123456789qwertyuiop", "123456789012345", "1234567890123456",
    "123456789123456", "123456789123456789", "12345678910111213", "1234567890987654321", "0123456789abcdef",
    "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "abcdefghij1234567890", "abcd1234abcd1234",
    "iloveyouforever", "iloveyousomuch", "iloveyoumorethanever", "iloveyou123456789", "ilovemyselfsomuch",
    "iloveyoutothemoonandback", "jesuslovesmeforever", "jesusismysavior", "jesusismylordandsavior", "godisgoodallthetime",
    "inthenameofjesus", "thankyoujesuschrist", "letmeinletmeinplease", "nevergonnagiveyouup", "whatisyourpassword",
    "thisismypassword", "thisisapassword", "thisisasecurepassword", "thisismysecretpassword", "mypasswordissecret",
    "mypasswordispassword", "mysecretpassword", "donttellanyone123", "iforgotmypassword", "ihateallpasswords",
    "changethispassword", "pleasechangemenow", "opensesameopensesame", "thequickbrownfox", "thequickbrownfoxjumps",
    "thequickbrownfoxjumpsoverthelazydog", "loremipsumdolorsitamet", "tobeornottobe", "tobeornottobethatisthequestion",
    "maytheforcebewithyou", "supercalifragilisticexpialidocious", "twinkletwinklelittlestar", "onetwothreefourfive",
    "onetwothreefourfivesix", "happybirthdaytoyou", "livelaughloveforever", "manchesterunited", "manchesterunited1",
    "liverpoolfootballclub", "youllneverwalkalone", "slipknotslipknot", "metallicaforever", "administrator123",
    "administrator1234", "administratoradministrator",
];

/// The words that common passwords are put together from; and the service's own name.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "password", "passwort", "passwd", "passphrase", "passcode", "contrasena", "motdepasse", "senha", "kennwort",
    "welcome", "willkommen", "bienvenue", "bienvenido", "letmein", "opensesame", "changeme", "changeit", "secret",
    "default", "temporary", "temppass", "trustno", "whatever", "nothing", "login", "logmein", "signin", "access",
    "admin", "administrator", "root", "superuser", "user", "guest", "test", "testing", "demo", "example", "sample",
    "system", "server", "computer", "internet", "company", "office", "account", "service", "master", "roster",
    "qwerty", "qwertz", "azerty", "qwertyuiop", "asdf", "asdfgh", "asdfghjkl", "zxcv", "zxcvbn", "zxcvbnm", "qazwsx",
    "1q2w3e", "1qaz2wsx", "qweasd", "abc123", "abcdef", "abcd", "12345", "123456", "1234567", "12345678", "123456789",
    "1234567890", "654321", "iloveyou", "loveyou", "lovely", "forever", "princess", "prince", "sunshine", "monkey",
    "dragon", "football", "baseball", "basketball", "superman", "batman", "spiderman", "pokemon", "starwars", "shadow",
    "michael", "jordan", "jennifer", "charlie", "ashley", "daniel", "jessica", "hello", "freedom", "ninja", "mustang",
    "ferrari", "mercedes", "cheese", "cookie", "chocolate", "banana", "flower", "butterfly", "summer", "winter",
    "spring", "autumn", "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
];
