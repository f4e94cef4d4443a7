import HTTPTypes
package import Hummingbird

/// Every address of the product, by audience.
package func buildRouter(_ services: Services) -> Router<WebContext> {
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: FrontDoor(services: services))
    router.add(middleware: ErrorPages(services: services))

    let actions = ActionRoutes(services: services)
    let about = AboutRoutes(services: services)
    let assets = AssetRoutes(services: services)
    let pictures = PictureRoutes(services: services)
    let feeds = FeedRoutes(services: services)

    // The public
    router.get("/", use: actions.root)
    router.get(":lang", use: actions.list)
    router.get(":lang/actions/:slug", use: actions.show)
    router.get(":lang/actions/:slug/card.png", use: pictures.card)
    router.get("actions/:slug/pictures/:picture", use: pictures.picture)
    router.get("actions/:slug/count.json", use: actions.count)
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

    let fediverse = FediverseRoutes(services: services)
    let signatures = SignatureRoutes(services: services)
    let confirmations = ConfirmationRoutes(services: services)
    let links = LinkRoutes(services: services)
    let withdrawals = WithdrawalRoutes(services: services)

    // Supporters
    router.post(":lang/actions/:slug/signatures", use: signatures.create)
    router.get(":lang/actions/:slug/fediverse", use: fediverse.new)
    router.post(":lang/actions/:slug/fediverse", use: fediverse.create)
    router.get(":lang/confirmations/new", use: confirmations.new)
    router.post(":lang/confirmations", use: confirmations.create)
    router.get("c/:secret", use: links.show)
    router.post("c", use: links.confirm)
    router.get(":lang/withdrawals/new", use: withdrawals.new)
    router.post(":lang/withdrawals", use: withdrawals.create)
    router.get("w/:secret", use: withdrawals.show)
    router.post("w", use: withdrawals.remove)

    let health = HealthRoutes(services: services)

    // Machines that watch this one
    router.get("healthz", use: health.health)
    router.get("readyz", use: health.ready)

    // A demonstration on this machine
    if let outbox = services.outbox {
        let demo = OutboxRoutes(services: services, outbox: outbox)
        router.get("dev/outbox", use: demo.page)
        router.get("dev/outbox.json", use: demo.json)
    }
    refuseOtherMethods(router)
    return router
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
