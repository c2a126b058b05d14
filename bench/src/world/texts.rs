//! Names and free text in several scripts. No text needs an escape in JSON or in PostgreSQL's COPY format.

use std::fmt::Write;

use super::identity::mix;

/// Marks the number of a value that is the text of one note. The other bits are the number of the note.
pub const NOTE: u32 = 1 << 31;

/// The words of one language.
struct Language {
    given: [&'static str; 8],
    family: [&'static str; 8],
    /// Names of queues, tags and routes.
    items: [&'static str; 6],
    /// Sentences of notes.
    sentences: [&'static str; 8],
}

/// The name of a person.
pub fn person(account: u32, number: u32) -> String {
    let seed = seed(1, account, number);
    let language = language(seed);
    format!("{} {}", pick(&language.given, seed >> 16), pick(&language.family, seed >> 32))
}

/// The name of an item. `version` counts the times that it was renamed.
pub fn item(account: u32, number: u32, version: u32) -> String {
    let seed = seed(2, account, number);
    let name = pick(&language(seed).items, seed >> 16);
    match version {
        0 => format!("{name} {}", number % 1_000),
        version => format!("{name} {} – {version}", number % 1_000),
    }
}

/// A sentence.
pub fn sentence(account: u32, number: u32) -> &'static str {
    let seed = seed(3, account, number);
    pick(&language(seed).sentences, seed >> 16)
}

/// Appends a text of a few hundred characters. It differs from the texts of all other numbers.
pub fn write_note(account: u32, number: u32, text: &mut String) {
    let mut seed = seed(4, account, number);
    let language = language(seed);
    let begin = text.len();
    // Notes and other values are numbered separately.
    let (series, count) = if number & NOTE == 0 { ("SUP", number) } else { ("CASE", number & !NOTE) };
    // Writing to a string does not fail.
    let _ = write!(text, "{} ({series}-{count})", pick(&language.sentences, seed >> 16));
    let length = 200 + (seed >> 32) as usize % 400;
    while text.len() - begin < length {
        seed = mix(seed);
        text.push(' ');
        text.push_str(pick(&language.sentences, seed));
    }
}

fn seed(purpose: u64, account: u32, number: u32) -> u64 {
    mix((purpose << 60) ^ (u64::from(account) << 32) ^ u64::from(number))
}

/// Half of the texts are in Latin script.
fn language(seed: u64) -> &'static Language {
    const SHARES: [usize; 10] = [0, 0, 0, 1, 1, 2, 2, 3, 4, 5];
    &LANGUAGES[SHARES[(seed % 10) as usize]]
}

fn pick<const N: usize>(texts: &[&'static str; N], seed: u64) -> &'static str {
    texts[(seed % N as u64) as usize]
}

static LANGUAGES: [Language; 6] = [
    Language {
        given: ["Ana", "Marko", "Željka", "Zoë", "Łukasz", "Søren", "Iñaki", "Élodie"],
        family: ["Horvat", "Kovačević", "Müller", "Wiśniewski", "Ångström", "O’Brien", "García", "Đurić"],
        items: ["Customer support", "Sales", "Billing and refunds", "VIP customers", "Returns", "Onboarding 🚀"],
        sentences: [
            "Customer called about the invoice and asked for a refund.",
            "Waiting for a reply from the warehouse.",
            "Parcel was delivered to the neighbour, see the photo 📦.",
            "Asked for a call back after 5 pm on a weekday.",
            "Password was reset and the second factor removed.",
            "Escalated to the second line, the contract ends this month.",
            "Thanks a lot, everything works now 👍.",
            "The discount of 15 % was confirmed by the team lead.",
        ],
    },
    Language {
        given: ["Šime", "Čedo", "Višnja", "Jürgen", "Françoise", "Ağça", "Nguyễn", "Ştefan"],
        family: ["Žagar", "Šarić", "Großmann", "Lefèvre", "Yıldız", "Thị Hà", "Țepeș", "Núñez"],
        items: ["Podrška korisnicima", "Prodaja i ugovori", "Rücksendungen", "Réclamations", "Sipariş takibi", "Hỗ trợ"],
        sentences: [
            "Korisnik je zvao zbog računa i traži povrat novca.",
            "Čeka se odgovor skladišta, pošiljka još nije poslana.",
            "Die Bestellung wurde storniert, Rückerstattung folgt.",
            "Le client n’a pas reçu le colis à l’adresse indiquée.",
            "Müşteri yarın saat üçten sonra aranmak istiyor.",
            "Šifra je promijenjena, korisnik se može prijaviti.",
            "Vertrag läuft über das Jahr hinaus, bitte prüfen.",
            "Khách hàng đã nhận được hàng, cảm ơn 🙏.",
        ],
    },
    Language {
        given: ["Ирина", "Алексей", "Ђорђе", "Љиљана", "Тарас", "Оксана", "Йордан", "Зоя"],
        family: ["Иванова", "Петров", "Ђоковић", "Шевченко", "Стоянов", "Њежић", "Кузнецов", "Бондар"],
        items: ["Поддержка клиентов", "Продажи", "Возвраты", "Служба доставки", "Жалобе", "Рахунки"],
        sentences: [
            "Клиент позвонил по поводу счёта и просит вернуть деньги.",
            "Ждём ответа склада, посылка ещё не отправлена.",
            "Заказ отменён, возврат будет завтра.",
            "Корисник тражи позив после пет сати.",
            "Пароль сброшен, вход снова работает.",
            "Передано на вторую линию, договор истекает.",
            "Дякую, тепер усе працює 👍.",
            "Скидка подтверждена руководителем группы.",
        ],
    },
    Language {
        given: ["Γιώργος", "Ελένη", "Νίκος", "Άννα", "Σπύρος", "Ιωάννα", "Πέτρος", "Χρήστος"],
        family: ["Παπαδόπουλος", "Νικολάου", "Γεωργίου", "Οικονόμου", "Βλάχος", "Καρράς", "Σταύρου", "Ζώης"],
        items: ["Εξυπηρέτηση πελατών", "Πωλήσεις", "Επιστροφές", "Λογαριασμοί", "Παραγγελίες", "Παράπονα"],
        sentences: [
            "Ο πελάτης ρώτησε για το τιμολόγιο και ζητά επιστροφή.",
            "Περιμένουμε απάντηση από την αποθήκη.",
            "Η παραγγελία ακυρώθηκε σήμερα το πρωί.",
            "Ζήτησε να τον καλέσουμε μετά τις πέντε.",
            "Ο κωδικός άλλαξε και η σύνδεση λειτουργεί.",
            "Προωθήθηκε στη δεύτερη γραμμή υποστήριξης.",
            "Ευχαριστώ πολύ, όλα καλά τώρα 🙂.",
            "Η έκπτωση εγκρίθηκε από τον υπεύθυνο.",
        ],
    },
    Language {
        given: ["محمد", "فاطمة", "أحمد", "ليلى", "يوسف", "مريم", "خالد", "نور"],
        family: ["الحسن", "العلي", "المصري", "الخطيب", "حداد", "النجار", "سالم", "منصور"],
        items: ["خدمة العملاء", "المبيعات", "المرتجعات", "الفواتير", "الشحن", "الشكاوى"],
        sentences: [
            "اتصل العميل بخصوص الفاتورة ويطلب استرداد المبلغ.",
            "ننتظر رد المستودع، لم تُرسل الشحنة بعد.",
            "تم إلغاء الطلب صباح اليوم.",
            "يرجى الاتصال به بعد الساعة الخامسة.",
            "تم تغيير كلمة المرور ويعمل الدخول الآن.",
            "تم تحويل الطلب إلى الخط الثاني.",
            "شكرا جزيلا، كل شيء يعمل الآن 🌟.",
            "وافق المدير على الخصم.",
        ],
    },
    Language {
        given: ["太郎", "花子", "健", "さくら", "大輔", "結衣", "翔太", "美咲"],
        family: ["佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "中村"],
        items: ["お客様サポート", "営業", "返品受付", "請求書", "配送センター", "苦情対応"],
        sentences: [
            "請求書について電話があり、返金を希望されています。",
            "倉庫からの回答を待っています。",
            "注文は今朝キャンセルされました。",
            "午後五時以降に折り返し電話をご希望です。",
            "パスワードを再設定し、ログインできました。",
            "二次対応に引き継ぎました。契約は今月末までです。",
            "ありがとうございます、解決しました 🙇。",
            "割引は責任者が承認済みです。",
        ],
    },
];
