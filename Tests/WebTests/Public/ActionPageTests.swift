import Authoring
import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("A reader opens an action")
struct ActionPageTests {
    @Test("The root leads to the best language, and the list leads to the action")
    func wayIn() async throws {
        let site = try await Installation()
        let root = try await site.browser.get("/")
        #expect(root.status == 303 && root.location == "/en/")
        let list = try await site.browser.get("/en/")
        #expect(list.status == 200)
        #expect(list.text.contains("href=\"/en/actions/baku-2017\""))
        #expect(list.text.contains("more than 100"))
    }

    @Test("The page has the demand, the form and every claim with its source")
    func page() async throws {
        let site = try await Installation()
        let page = try await site.browser.get("/en/actions/baku-2017")
        #expect(page.status == 200)
        for text in [
            "name=\"name\"", "name=\"email\"", "autocomplete=\"name\"", "autocomplete=\"email\"",
            "inputmode=\"email\"", "more than 100", "at least 48", ">83<", ">56<", "at least 50",
            "about 100", ">61<", "about 80", "Amnesty International", "Interior Ministry",
            "ILGA-Europe", "Turan", "Parliamentary Assembly", "id=\"says-5\"", "This page as data",
        ] {
            #expect(page.text.contains(text), "\(text)")
        }
        #expect(page.text.components(separatedBy: "<script").count == 2)
        #expect(page.text.contains("<script type=\"module\" src=\"/outcry.js?v="))
        #expect(!page.text.contains("{claim"))
        #expect(page.headers["set-cookie"] == nil)
    }

    @Test("A page that has not changed is not sent again, in either coding")
    func caching() async throws {
        let site = try await Installation()
        let plain = try await site.browser.get("/en/actions/baku-2017")
        let zipped = try await site.browser.get(
            "/en/actions/baku-2017", headers: ["Accept-Encoding": "gzip"])
        #expect(plain.headers["cache-control"] == "public, max-age=30, must-revalidate")
        #expect(zipped.headers["content-encoding"] == "gzip")
        #expect(zipped.body.prefix(2) == [0x1f, 0x8b])
        let tags = try [plain, zipped].map { try #require($0.headers["etag"]) }
        #expect(tags[0] != tags[1] && tags.allSatisfy { !$0.hasPrefix("W/") })
        let again = try await site.browser.get(
            "/en/actions/baku-2017", headers: ["If-None-Match": tags[0]])
        #expect(again.status == 304 && again.body.isEmpty)
        let other = try await site.browser.get(
            "/en/actions/baku-2017", headers: ["If-None-Match": tags[1]])
        #expect(other.status == 200)
    }

    @Test("The data says the same as the page, claim by claim")
    func json() async throws {
        let site = try await Installation()
        let answer = try await site.browser.get("/en/actions/baku-2017.json")
        #expect(answer.headers["content-type"]?.hasPrefix("application/json") == true)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        for key in [
            "slug", "state", "lang", "title", "demand", "number", "claims", "events", "targets",
            "versions",
        ] {
            #expect(json[key] != nil, "\(key)")
        }
        let claims = try #require(json["claims"] as? [[String: Any]])
        let detained = try #require(claims.first { $0["id"] as? String == "detained" })
        #expect(detained["value"] as? Int == 100 && detained["qualifier"] as? String == "more than")
        for claim in claims {
            let source = try #require(claim["source"] as? [String: Any])
            #expect(source["publisher"] is String && source["title"] is String)
            #expect(claim["who"] is String && claim["asOf"] is String)
        }
        let before = try await site.browser.get("/actions/baku-2017/count.json")
        #expect(before.text.contains("\"proved\":false") && before.text.contains("\"size\":null"))
        #expect(try await site.number() == 0)
        let count = try await site.browser.get("/actions/baku-2017/count.json")
        #expect(count.text.contains("\"proved\":true") && count.text.contains("\"size\":1"))
    }

    @Test("The goal grows before it is reached")
    func goal() throws {
        let files = try #require(try Installation.sample())
        let content = try parseAction(slug: "baku-2017", files: files)
        #expect(content.goal(above: 0) == content.goals[0])
        for goal in content.goals { #expect(content.goal(above: goal) > goal) }
        #expect(content.goal(above: 10_000_000) > 10_000_000)
    }

    @Test(
        "What is not there says so in words",
        arguments: [
            "/en/actions/none", "/xx/", "/en/nothing", "/en/actions/baku-2017/log/checkpoint",
            "/c/short", "/w/short", "/en/actions/../../etc/passwd", "/dev/outbox",
            "/dev/outbox.json",
        ])
    func notFound(path: String) async throws {
        let site = try await Installation()
        let answer = try await site.browser.get(path)
        #expect(answer.status == 404)
        #expect(answer.text.contains("<h1>") && answer.text.contains("See all actions"))
    }

    @Test("The pages that explain are there, with the number and what it does not prove")
    func about() async throws {
        let site = try await Installation()
        let count = try await site.browser.get("/en/how-we-count")
        #expect(count.text.contains("A mailbox is not a person"))
        #expect(count.text.contains("wait for their confirmation are not in the number"))
        let privacy = try await site.browser.get("/en/privacy")
        #expect(privacy.text.contains("What we cannot promise"))
        #expect(privacy.text.contains("action@rights.example"))
    }

    @Test(
        "No page lets another site frame it, load into it or run in it",
        arguments: [
            "/en/", "/en/actions/baku-2017", "/en/withdrawals/new", "/nothing", "/outcry.css",
        ])
    func headers(path: String) async throws {
        let site = try await Installation()
        let headers = try await site.browser.get(path).headers
        let policy = try #require(headers["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("http"))
        #expect(headers["x-content-type-options"] == "nosniff")
    }
}
