#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/net/address.h"
#include "regions/region.h"
#include "results/outcome.h"
#include "results/reason.h"

namespace gaikei::io {

class Loop;

/// How a name is resolved.
struct ResolveOptions {
  Family family = Family::kAuto;
  /// The answer may be one that was remembered, and is remembered itself. Without it every question
  /// is asked anew, and nothing is remembered.
  bool is_cached = false;
  /// HTTPS records (RFC 9460) are asked for beside the addresses. They are never waited for.
  bool wants_https = false;
  /// A server, as ResolveEvidence::server has it, that is asked last instead of in its turn; empty:
  /// none.
  std::string_view last_server = {};
};

/// What became of one name.
struct ResolveResult {
  Reason reason = Reason::kNone;  ///< kNone: `addresses` is not empty
  std::string message;            ///< in plain words, escaped; empty for success
  std::vector<Address>
      addresses;  ///< port 0; RFC 8305 section 4 order: families alternate, IPv6 first
  ResolveEvidence evidence;
  /// When it was known: the arrival of the last answer that it rests on, as the kernel saw it where
  /// that is plausible; where it rests on a wait or on no answer, when that was over.
  MonoTime known{};
};

/// One question in flight. Destroying it cancels: the callback is not called afterwards. It may
/// outlive its resolver, and is then never answered.
class ResolveTicket {
 public:
  virtual ~ResolveTicket() = default;

  /// HTTPS records that have come by now, at most 8; they go on coming while the ticket lives, also
  /// after the answer. Presentation format: "1 . alpn=h2,h3".
  virtual std::vector<std::string> https() const = 0;
  /// To be called when the caller's deadline strikes before the answer: what to say then. The
  /// callback is not called any more. Reason dns_timeout; prober_resolver_down where the region's
  /// references cannot be resolved either; or a failure that was about to be told.
  virtual ResolveResult GiveUp() = 0;
};

/// The system's files a resolver goes by; tests have their own.
struct ResolverFiles {
  std::string hosts = "/etc/hosts";
  /// For its `nameserver` lines, where the region names no servers. Read again when it changes; the
  /// last list that was not empty holds. None ever: 127.0.0.1.
  std::string resolv_conf = "/etc/resolv.conf";
};

/// Name resolution for one vantage on one loop, by c-ares. Loop thread only. For the whole story
/// see docs/name-resolution.md.
///
/// The hosts file is honoured (read again when it changes); names are absolute, no search domains.
/// A numeric host is answered without a question. IPv4 alone never waits for AAAA; with kAuto an
/// answer of one family waits at most 50 ms for the other (RFC 8305, 3).
/// A server that does not answer is asked again and then the next one, without end: the caller's
/// own deadline decides (ResolveTicket::GiveUp). No server listening at all is
/// prober_resolver_down; no descriptor for the question is prober_fd_limit. SERVFAIL and REFUSED
/// are prober_resolver_down where the region names references, and those fail too.
class Resolver {
 public:
  using Done = std::function<void(ResolveResult)>;

  Resolver(Loop& loop, const Region& region, const ResolverFiles& files = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` is called at most once, never inside Resolve().
  /// A numeric host of another family than `family` is dns_nodata.
  std::unique_ptr<ResolveTicket> Resolve(std::string_view host, const ResolveOptions& options,
                                         Done done);
  /// As above, fresh and without HTTPS records.
  std::unique_ptr<ResolveTicket> Resolve(std::string_view host, Family family, Done done);

  /// Whom it asks, in this order; never empty. For questions that are no name resolution.
  std::vector<Address> Servers();

  /// Whether no ticket of it is alive.
  bool is_idle() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
