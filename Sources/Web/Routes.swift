import HTTPTypes
package import Hummingbird

/// Every address of the product, by audience.
package func buildRouter(_ services: Services) -> Router<WebContext> {
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: FrontDoor(services: services))
    router.add(middleware: ErrorPages(services: services))
    addPublic(router, services)
    addSupporters(router, services)
    addMachines(router, services)
    refuseOtherMethods(router)
    return router
}

private func addPublic(_ router: Router<WebContext>, _ services: Services) {
    let actions = ActionRoutes(services: services)
    let about = AboutRoutes(services: services)
    let assets = AssetRoutes(services: services)
    let pictures = PictureRoutes(services: services)
    let papers = PaperRoutes(services: services)
    let feeds = FeedRoutes(services: services)
    let log = LogRoutes(services: services)
    let verify = VerifyRoutes(services: services)
    let letters = LetterRoutes(services: services)

    router.get("/", use: actions.root)
    router.get(":lang", use: actions.list)
    router.get(":lang/actions/:slug", use: actions.show)
    router.get(":lang/actions/:slug/card.png", use: pictures.card)
    router.get("actions/:slug", use: papers.short)
    router.get(":lang/actions/:slug/deadline.ics", use: papers.calendar)
    router.get(":lang/actions/:slug/sheet.pdf", use: papers.sheet)
    router.get(":lang/actions/:slug/petition.pdf", use: papers.petition)
    router.get(":lang/actions/:slug/kit.zip", use: papers.kit)
    router.get(":lang/actions/:slug/letter", use: letters.show)
    router.post(":lang/actions/:slug/letter", use: letters.create)
    router.get(":lang/actions/:slug/letter.pdf", use: letters.model)
    router.post(":lang/actions/:slug/letter.pdf", use: letters.print)
    router.get(":lang/actions/:slug/letters/thanks", use: letters.thanks)
    router.post(":lang/actions/:slug/letters/posted", use: letters.posted)
    router.get(":lang/actions/:slug/verify", use: verify.show)
    router.get(":lang/actions/:slug/verify.html", use: verify.file)
    router.get("actions/:slug/pictures/:picture", use: pictures.picture)
    router.get("actions/:slug/count.json", use: actions.count)
    router.get("actions/:slug/log/checkpoint", use: log.checkpoint)
    router.get("actions/:slug/log/vkey", use: log.key)
    router.get("actions/:slug/log/statements.json", use: log.statements)
    router.get("actions/:slug/log/tile/**", use: log.tile)
    router.get(":lang/how-we-count", use: about.howWeCount)
    router.get(":lang/privacy", use: about.privacy)
    router.get(":lang/accessibility", use: about.accessibility)
    router.get(":lang/feed.atom", use: feeds.atom)
    router.get(":lang/feed.json", use: feeds.json)
    router.get("sitemap.xml", use: feeds.sitemap)
    router.get("robots.txt", use: feeds.robots)
    router.get(".well-known/security.txt", use: feeds.security)
    router.get("outcry.css", use: assets.stylesheet)
    router.get("outcry.js", use: assets.script)
    router.get("favicon.ico", use: assets.icon)
}

private func addSupporters(_ router: Router<WebContext>, _ services: Services) {
    let fediverse = FediverseRoutes(services: services)
    let signatures = SignatureRoutes(services: services)
    let confirmations = ConfirmationRoutes(services: services)
    let links = LinkRoutes(services: services)
    let withdrawals = WithdrawalRoutes(services: services)
    let receipts = ReceiptRoutes(services: services)
    let orders = LetterOrderRoutes(services: services)
    let updates = UpdateRoutes(services: services)
    let replies = ReplyRoutes(services: services)

    router.post(":lang/actions/:slug/signatures", use: signatures.create)
    router.get(":lang/actions/:slug/fediverse", use: fediverse.new)
    router.post(":lang/actions/:slug/fediverse", use: fediverse.create)
    router.post(":lang/actions/:slug/letters", use: orders.create)
    router.get(":lang/confirmations/new", use: confirmations.new)
    router.post(":lang/confirmations", use: confirmations.create)
    router.get("c/:secret", use: links.show)
    router.post("c", use: links.confirm)
    router.get(":lang/withdrawals/new", use: withdrawals.new)
    router.post(":lang/withdrawals", use: withdrawals.create)
    router.get("w/:secret", use: withdrawals.show)
    router.post("w", use: withdrawals.remove)
    router.get("u/:token", use: updates.show)
    router.post("u", use: updates.end)
    router.post("u/:token", use: updates.oneClick)
    router.get(":lang/actions/:slug/replies/new", use: replies.new)
    router.post(":lang/actions/:slug/replies", use: replies.create)
    router.get(":lang/actions/:slug/replies/thanks", use: replies.thanks)
    router.get(":lang/receipts/new", use: receipts.new)
    router.post(":lang/receipts", use: receipts.create)
}

/// Machines that watch this one, and a demonstration on this machine.
private func addMachines(_ router: Router<WebContext>, _ services: Services) {
    let health = HealthRoutes(services: services)
    router.get("healthz", use: health.health)
    router.get("readyz", use: health.ready)

    if let outbox = services.outbox {
        let demo = OutboxRoutes(services: services, outbox: outbox)
        router.get("dev/outbox", use: demo.page)
        router.get("dev/outbox.json", use: demo.json)
    }
}

/// An address that is there says which methods it takes, rather than that it is not there.
private func refuseOtherMethods(_ router: Router<WebContext>) {
    for (address, known) in Dictionary(grouping: router.routes, by: { $0.path.description }) {
        let path = RouterPath(address)
        let methods = known.map(\.method)
        let allow = methods.contains(.get) ? "GET, HEAD" : "POST"
        for method in [HTTPRequest.Method.get, .post] where !methods.contains(method) {
            router.on(path, method: method) { _, _ -> Response in
                throw PageError(.methodNotAllowed, "notfound", allow: allow)
            }
        }
    }
}
