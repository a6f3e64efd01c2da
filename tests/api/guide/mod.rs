//! The users' guide, sentence by sentence. A test names in its comment, after `>`, the sentences that it makes sure of.

mod access;
mod add;
mod gate;
mod manage;

/// What the end users read, a sentence a line; headings are left out.
const GUIDE: &[&str] = &[
    "The User Management section allows you to control who can access your application, what permissions they have, and which subscription tier they belong to.",
    "From here, you can create accounts for your team, clients, or anyone who needs to use the platform.",
    "Important: you will not be able to add users until you have set up a domain in the White Label tab.",
    "If you haven’t done that yet, complete it first before continuing.",
    "Inside the CMS, go to the left-hand menu and select Users.",
    "If you have not yet configured a domain in White Label, you will see a red warning saying you do not have permission.",
    "Once your domain is ready, this section will be enabled and you will be able to manage users normally.",
    "Click on the Add User button in the upper right corner.",
    "A form will open where you need to complete the basic information:",
    "Email: the email address the user will use to log in.",
    "Make sure it is valid and active.",
    "Password: set a secure password, or let the user change it later.",
    "Full Name: the person’s full name.",
    "This will appear in activity logs and makes it easier to identify each user.",
    "Company Name: useful if you are managing external clients.",
    "You can link the user to the company they represent.",
    "Role: defines the level of access the user will have.",
    "For example: Manager, Admin, or User.",
    "The role determines their permissions.",
    "Subscription Tier: select the subscription plan applied to the user, for example Standard.",
    "If you are adding a member of your support team, register them with their email, assign them the Manager role, and place them under the Standard plan.",
    "This way, they can view and manage calls but cannot modify advanced settings.",
    "Once all fields are filled in, click Add User and the account will be created immediately.",
    "After being created, users will appear in the list within this section.",
    "Use the search bar to quickly find them by name or email.",
    "From here, you can also edit user details, change roles, update passwords, or remove users who should no longer have access.",
    "Add User option not available → check that you have configured your White Label domain.",
    "Invalid email → make sure the email has no spaces or special characters.",
    "Incorrect roles → if a user cannot access certain features, review the role assigned.",
    "This section gives you the flexibility to grant access only to those who need it and to define what each person can do.",
    "Proper user management saves you security issues and keeps your application organized from day one.",
];

/// The tests about the guide.
const TESTS: &[&str] = &[
    include_str!("access.rs"),
    include_str!("add.rs"),
    include_str!("gate.rs"),
    include_str!("manage.rs"),
];

#[test]
fn every_sentence_of_the_guide_is_claimed_by_a_test() {
    let claimed: Vec<&str> = TESTS.iter().flat_map(|file| claims(file)).collect();
    let unclaimed: Vec<_> = GUIDE
        .iter()
        .filter(|sentence| !claimed.contains(sentence))
        .collect();
    assert!(unclaimed.is_empty(), "no test names {unclaimed:#?}");
    let invented: Vec<_> = claimed
        .iter()
        .filter(|claim| !GUIDE.contains(claim))
        .collect();
    assert!(invented.is_empty(), "the guide does not say {invented:#?}");
}

/// The sentences in the comments right above `#[test]`.
fn claims(file: &str) -> Vec<&str> {
    let (mut found, mut above) = (Vec::new(), Vec::new());
    for line in file.lines() {
        if let Some(sentence) = line.strip_prefix("/// > ") {
            above.push(sentence);
        } else if line == "#[test]" {
            found.append(&mut above);
        } else if !line.starts_with("///") {
            above.clear();
        }
    }
    found
}
