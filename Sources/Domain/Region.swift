/// A subregion of the world, as the United Nations' standard M49 cuts it; 22 in all.
///
/// Source: "Standard country or area codes for statistical use (M49)" of the UN Statistics
/// Division. What M49 does not list, Taiwan, is where Unicode CLDR's `territoryContainment` has
/// it; Antarctica is in no subregion.
package struct Region: Hashable, Sendable {
    /// The three digits of M49, such as `155` for Western Europe.
    package let code: String

    /// Nil for three digits that are no subregion's.
    package init?(code: some StringProtocol) {
        guard Self.countries[String(code)] != nil else { return nil }
        self.code = String(code)
    }

    /// Where a country is; nil for what is no country, and for Antarctica.
    package init?(country: String) {
        guard let code = Self.byCountry[country] else { return nil }
        self.code = code
    }

    /// By their codes.
    package static let all: [Region] = countries.keys.sorted().compactMap { Region(code: $0) }

    private static let byCountry: [String: String] = Dictionary(
        uniqueKeysWithValues: countries.flatMap { code, countries in
            countries.split(separator: " ").map { (String($0), code) }
        })

    /// ISO 3166-1 alpha-2, by subregion.
    private static let countries = [
        "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
        "011": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
        "013": "BZ CR GT HN MX NI PA SV",
        "014": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
        "015": "DZ EG EH LY MA SD TN",
        "017": "AO CD CF CG CM GA GQ ST TD",
        "018": "BW LS NA SZ ZA",
        "021": "BM CA GL PM US",
        "029":
            "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
        "030": "CN HK JP KP KR MN MO TW",
        "034": "AF BD BT IN IR LK MV NP PK",
        "035": "BN ID KH LA MM MY PH SG TH TL VN",
        "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA",
        "053": "AU CC CX HM NF NZ",
        "054": "FJ NC PG SB VU",
        "057": "FM GU KI MH MP NR PW UM",
        "061": "AS CK NU PF PN TK TO TV WF WS",
        "143": "KG KZ TJ TM UZ",
        "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
        "151": "BG BY CZ HU MD PL RO RU SK UA",
        "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
        "155": "AT BE CH DE FR LI LU MC NL",
    ]
}
