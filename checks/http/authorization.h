#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/http/digest_auth.h"
#include "checks/io/http/response_head.h"
#include "checks/io/net/url.h"
#include "checks/parts/redactor.h"
#include "checks/spec.h"
#include "results/time.h"

namespace gaikei {

/// The request that is to be authorized, as it will be sent.
struct AuthRequest {
  const io::Url& url;
  std::string_view method;
  const std::vector<std::pair<const std::string*, const Secret*>>& headers;
  std::string_view body;
  WallTime now;
};

/// How the requests of one attempt prove who asks: basic (RFC 7617), digest (RFC 7616), bearer
/// (RFC 6750), AWS Signature Version 4. For requests to the target's own origin alone. Of one
/// attempt; loop thread only.
class Authorization {
 public:
  /// `auth` outlives it.
  explicit Authorization(const HttpAuth& auth) : auth_(auth) {}

  /// A request to another URL begins: its challenges are counted anew. A digest challenge that was
  /// answered before is answered again from the first request on (RFC 7616, 3.6).
  void BeginHop() { challenges_ = 0; }
  /// Fields to send with the next request. They are valid until the next call. Digest has none
  /// before the server has asked.
  const std::vector<std::pair<std::string, Secret>>& Fields(const AuthRequest& request);
  /// The last fields were not sent, or to nobody who has answered: they count for nothing.
  void TakeBack() {
    if (count_ > 0) --count_;
  }
  /// True when the answer asks for something that a further request can give: digest, once a hop,
  /// and once more where only the nonce was stale. `note` then, or why not, is for the evidence;
  /// empty: nothing to say.
  bool Accept(const io::ResponseHead& head, std::string& note);

 private:
  const HttpAuth& auth_;
  std::vector<std::pair<std::string, Secret>> fields_;
  std::optional<DigestChallenge> challenge_;
  unsigned challenges_ = 0;  ///< in this hop
  std::uint32_t count_ = 0;  ///< requests with the nonce of `challenge_`
  std::string cnonce_;
};

/// The fields of a scheme that needs no question and no clock: basic and bearer.
Secret BasicCredentials(const Secret& user, const Secret& password);

/// Everything in `auth` that may be shown nowhere, in every form it is sent in but those that
/// change from request to request.
void AddSecrets(const HttpAuth& auth, Redactor& redactor);

/// What cannot be sent; empty when all can: line breaks, a colon in the user of basic.
std::string WhyUnsendable(const HttpAuth& auth);

/// Path and query of a URL as they are sent ("/a?b=1").
std::string_view RequestTarget(const io::Url& url);
/// Value of the Host field as it is sent: with the port where it is not the scheme's own.
std::string HostField(const io::Url& url);

}  // namespace gaikei
