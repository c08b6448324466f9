#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checks/check.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "checks/spec.h"

namespace gaikei {

/// Whom to ask for a token, and as whom. Immutable, shared by all fetches of one check.
struct TokenSource {
  HttpAuth auth;  ///< scheme kOauth2
  io::Url url;    ///< http or https, without credentials
  /// The check's own; null only where `tls_error` says why.
  std::shared_ptr<const io::TlsSetup> tls;
  std::string tls_error;
  std::string user_agent;
  bool deny_private = false;
};

/// A token, or why there is none.
struct TokenAnswer {
  Reason reason = Reason::kNone;  ///< else one whose status is unknown
  Blame blame = Blame::kProber;
  std::string message;  ///< escaped; never holds the token or a secret
  Secret token;
  Span lifetime{0};  ///< how long it may be used; 0: once
};

/// One request for a token by client credentials (RFC 6749, 4.4), on a connection of its own,
/// within the time of the attempt that needs it. Loop thread only. Destroying it cancels.
///
/// The answer is bounded to 64 KiB and its JSON to a depth of 64; redirects are not followed (2.1:
/// the credentials are for this endpoint alone). A token is used for `expires_in` less a tenth of
/// it, at most 30 s less and at most a day; for 5 minutes where the answer says nothing.
class TokenFetch {
 public:
  /// Called at most once, never inside the constructor. It may destroy the TokenFetch.
  using Done = std::function<void(TokenAnswer)>;

  /// `source` outlives it.
  TokenFetch(const TokenSource& source, const AttemptContext& context, Done done);
  ~TokenFetch();
  TokenFetch(const TokenFetch&) = delete;
  TokenFetch& operator=(const TokenFetch&) = delete;

 private:
  void OnDialled(DialResult result);
  void OnAnswer(const io::HttpAnswer& answer);
  void Refuse(Reason reason, Blame blame, const std::string& why);
  void Finish(TokenAnswer answer);  ///< nothing of this may be touched afterwards

  const TokenSource& source_;
  const AttemptContext context_;
  Done done_;
  io::Timer deadline_;
  std::vector<std::pair<std::string, Secret>> headers_;
  Secret body_;
  std::unique_ptr<Dial> dial_;
  io::HttpTransfer transfer_;
};

/// What `style = "basic"` sends: id and secret, form-encoded, joined and in base64 (RFC 6749,
/// 2.3.1).
Secret ClientCredentials(const HttpAuth& auth);

/// What the endpoint's answer means. Pure.
TokenAnswer ReadTokenAnswer(int status, std::string_view body);

}  // namespace gaikei
