import Domain
import Press

/// Letters of one case in the scripts that its writers use.
enum Samples {
    static let words: [(language: String, direction: Direction, subject: String, text: [String])] =
        [
            (
                "en", .ltr, "Release those detained in Baku",
                [
                    "Your Excellency,",
                    "Since 22 September 2017 more than 100 people have been detained in Baku. Several of them say that they were beaten.",
                    "I ask you to release them at once, and to see that those who hurt them are brought to court.",
                    "Yours respectfully,",
                ]
            ),
            (
                "az", .ltr, "Bakıda saxlanılanları azad edin",
                [
                    "Zati-aliləri,",
                    "2017-ci il sentyabrın 22-dən Bakıda 100-dən çox insan saxlanılıb. Onlardan bəziləri döyüldüklərini deyirlər.",
                    "Sizdən onları dərhal azad etməyi və onlara zərər vuranların məhkəmə qarşısına çıxarılmasını xahiş edirəm.",
                    "Hörmətlə,",
                ]
            ),
            (
                "ru", .ltr, "Освободите задержанных в Баку",
                [
                    "Ваше Превосходительство,",
                    "С 22 сентября 2017 года в Баку задержано более 100 человек. Некоторые из них говорят, что их избивали.",
                    "Прошу Вас немедленно освободить их и привлечь к суду тех, кто причинил им вред.",
                    "С уважением,",
                ]
            ),
            (
                "ar", .rtl, "أطلقوا سراح المحتجزين في باكو",
                [
                    "صاحب الفخامة،",
                    "منذ 22 سبتمبر 2017 احتُجز أكثر من 100 شخص في باكو (Baku). ويقول بعضهم إنهم تعرضوا للضرب.",
                    "أطلب منكم إطلاق سراحهم فورًا، وتقديم من آذاهم إلى القضاء.",
                    "وتفضلوا بقبول فائق الاحترام،",
                ]
            ),
            (
                "zh-Hans", .ltr, "请释放在巴库被拘留的人",
                [
                    "尊敬的总统阁下：",
                    "自2017年9月22日以来，巴库有一百多人被拘留。其中有些人说他们遭到殴打。",
                    "我请求您立即释放他们，并将伤害他们的人送上法庭。",
                    "此致敬礼",
                ]
            ),
            (
                "hy", .ltr, "Ազատ արձակեք Բաքվում պահվողներին",
                [
                    "Ձերդ գերազանցություն,",
                    "2017 թվականի սեպտեմբերի 22-ից Բաքվում ձերբակալվել է ավելի քան 100 մարդ։",
                    "Խնդրում եմ անհապաղ ազատ արձակել նրանց։",
                    "Հարգանքով՝",
                ]
            ),
            (
                "ka", .ltr, "გაათავისუფლეთ ბაქოში დაკავებულები",
                [
                    "თქვენო აღმატებულებავ,",
                    "2017 წლის 22 სექტემბრიდან ბაქოში 100-ზე მეტი ადამიანი დააკავეს.",
                    "გთხოვთ, დაუყოვნებლივ გაათავისუფლოთ ისინი.",
                    "პატივისცემით,",
                ]
            ),
        ]

    static let recipient = [
        "President of the Republic of Azerbaijan", "Ilham Aliyev", "Istiqlaliyyat küç. 19",
        "AZ1066 Baku", "AZERBAIJAN",
    ]

    static let link = "https://rights.example/actions/baku-2017"

    static func letter(
        _ language: String = "en", paper: Paper = .a4, window: Window = .din5008B,
        adding words: [String] = [], warning: String? = nil
    ) -> LetterSheet {
        let sample = Self.words.first { $0.language == language } ?? Self.words[0]
        var paragraphs = sample.text
        paragraphs.insert(contentsOf: words, at: paragraphs.count - 1)
        return LetterSheet(
            paper: paper, window: window,
            sender: ["Zoë Müller-Öztürk", "Lindenallee 14", "10969 Berlin", "Germany"],
            recipient: recipient, date: "24. 11. 2026", subject: sample.subject,
            paragraphs: paragraphs, signature: "Zoë Müller-Öztürk", language: language,
            direction: sample.direction, address: "rights.example/actions/baku-2017", link: link,
            warning: warning)
    }

    /// Names as people have them, in twelve scripts.
    static let names = [
        "Ayşe Öztürk", "Elşad Əliyev", "Ö. ʻAlí-Ŭan", "Анна Ковалёва", "فاطمة الزهراء بنت محمد",
        "דוד בן־גוריון", "王小明", "田中さくら", "김민준", "Գագիկ Հարությունյան", "ნინო ბერიძე",
        "अमिता शर्मा", "สมชาย ใจดี", "ኣበበ ቢቂላ", "Nguyễn Thị Minh Khai", "O’Connor",
        "محمد (Mohamed) علي 3",
        "Jean-Baptiste de la Fontaine-Saint-Germain d’Auvergne et de Navarre",
    ]

    static func delivery(
        _ names: [String], language: String = "en", paper: Paper = .a4
    ) -> DeliveryDocument {
        var cover = letter(language, paper: paper)
        cover.sender = ["Example Rights Network", "Harbour Street 3", "London"]
        return DeliveryDocument(
            cover: cover,
            parts: [
                .init(
                    heading: "What we know",
                    paragraphs: ["Each line says who says so, and where."],
                    table: .init(
                        columns: ["What", "How many", "Who says so", "Source"],
                        rows: [
                            ["Detained", "> 100", "lawyers", "Example Rights, 2 October 2017"],
                            ["Beaten", "14", "those released", "Example Rights, 5 October 2017"],
                            ["Released", "46", "the police", "Example News, 3 October 2017"],
                        ])),
                .init(
                    heading: "How many ask for it", figure: "48,211",
                    paragraphs: [
                        "Each of them confirmed a mailbox of their own. The number can be recounted by anybody."
                    ],
                    code:
                        "rights.example/log/baku-2017\n48211\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— rights.example/log/baku-2017 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=",
                    link: link),
                .init(
                    heading: "Where they live",
                    table: .init(
                        columns: ["Region", "People"],
                        rows: [["Western Asia", "12,044"], ["Western Europe", "31,950"]])),
            ],
            names: .init(
                heading: "Those who sign with their names",
                note: "They agreed that you read their names.", names: names),
            page: { "page \($0) of \($1)" })
    }
}
