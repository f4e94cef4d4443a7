import Domain
import HTTPTypes
import Hummingbird
import Languages
import Logging

/// What is wrong with a form, all of it, above the form: it takes the focus, and each line leads
/// to its field.
struct ErrorSummary {
    let texts: Texts
    /// The heading's level, which is one below that of what it stands in.
    var level = 2
    /// `field` is the id of a field; nil for what is not about one.
    let problems: [(field: String?, message: String)]

    var html: HTML {
        let items = problems.map { problem -> HTML in
            guard let field = problem.field else { return "<li>\(problem.message)</li>" }
            return "<li><a href=\"#\(field)\">\(problem.message)</a></li>"
        }
        return """
            <div class="problem" role="alert" aria-labelledby="problem" tabindex="-1" autofocus>
              <h\(level) id="problem">\(texts("form.problem"))</h\(level)>
              <ul role="list">\(items)</ul>
            </div>
            """
    }
}

extension Services {
    /// Counts a form that makes a mail; returns nil, or after how many seconds to come back.
    func secondsToWait(_ request: Request, _ context: WebContext) -> Int? {
        secondsToWait(request, context, limits.prefixes)
    }

    /// Counts a request with this limiter; returns nil, or after how many seconds to come back.
    func secondsToWait(
        _ request: Request, _ context: WebContext, _ limiter: PrefixLimiter
    ) -> Int? {
        if limits.proxies.isForgotten(context.peer, request.headers[.forwardedFor]) {
            logger.warning(
                """
                a proxy on this machine says for whom it asks, but OUTCRY_TRUSTED_PROXIES does not \
                name it: all visitors share the limit of one neighbourhood
                """)
        }
        let client = limits.proxies.client(
            peer: context.peer, forwardedFor: request.headers[values: .forwardedFor])
        return limiter.admit(client, now: now())
    }
}

/// Whole minutes, at least one, as a person is told to wait.
func minutes(_ seconds: Int) -> Int { max(1, (seconds + 59) / 60) }
