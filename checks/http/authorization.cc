#include "checks/http/authorization.h"

#include <fmt/core.h>

#include <algorithm>

#include "checks/http/aws_sigv4.h"
#include "checks/io/tls/digest.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

using Scheme = HttpAuth::Scheme;

Secret Joined(std::string_view before, std::string_view after) {
  std::string text(before);
  text += after;
  return Secret(std::move(text));
}

std::vector<std::pair<std::string, Secret>> SignedFor(const HttpAuth& auth,
                                                      const AuthRequest& request) {
  const std::string_view target = RequestTarget(request.url);
  const std::size_t path_end = std::min(target.find('?'), target.size());
  std::string host = HostField(request.url);
  AwsRequest aws{.method = request.method,
                 .path = target.substr(0, path_end),
                 .query = target.substr(std::min(path_end + 1, target.size())),
                 .host = host,
                 .headers = {},
                 .body = request.body,
                 .now = request.now};
  for (const auto& [name, value] : request.headers) {
    if (io::EqualsIgnoringCase(*name, "host")) {
      host = value->Reveal();
      aws.host = host;
    } else {
      aws.headers.emplace_back(*name, value->Reveal());
    }
  }
  return SignForAws(auth, aws);
}

}  // namespace

const std::vector<std::pair<std::string, Secret>>& Authorization::Fields(
    const AuthRequest& request) {
  fields_.clear();
  switch (auth_.scheme) {
    case Scheme::kNone:
      break;
    case Scheme::kBasic:
      fields_.emplace_back("Authorization",
                           Joined("Basic ", BasicCredentials(auth_.user, auth_.password).Reveal()));
      break;
    case Scheme::kBearer:
    case Scheme::kOauth2:
      if (!auth_.token.empty()) {
        fields_.emplace_back("Authorization", Joined("Bearer ", auth_.token.Reveal()));
      }
      break;
    case Scheme::kDigest:
      if (challenge_) {
        fields_.emplace_back("Authorization",
                             AnswerDigest(*challenge_, {.user = auth_.user,
                                                        .password = auth_.password,
                                                        .method = request.method,
                                                        .uri = RequestTarget(request.url),
                                                        .cnonce = cnonce_,
                                                        .count = ++count_}));
      }
      break;
    case Scheme::kAwsSigV4:
      fields_ = SignedFor(auth_, request);
      break;
  }
  return fields_;
}

bool Authorization::Accept(const io::ResponseHead& head, std::string& note) {
  note.clear();
  if (auth_.scheme != Scheme::kDigest || head.status() != 401) return false;
  auto found = FindDigestChallenge(head.fields(), note);
  if (!found) return false;
  note.clear();
  if (challenges_ >= 2 || (challenges_ == 1 && !found->is_stale)) {
    note = "digest authentication: refused";
    return false;
  }
  note = challenges_ == 0 ? "digest authentication: asked for, the answer to it is judged"
                          : "digest authentication: asked for again, the nonce was stale";
  ++challenges_;
  challenge_ = std::move(found);
  count_ = 0;
  cnonce_ = io::EncodeHex(io::RandomBytes(16));
  return true;
}

Secret BasicCredentials(const Secret& user, const Secret& password) {
  std::string pair(user.Reveal());
  pair += ':';
  pair += password.Reveal();
  const Secret plain(std::move(pair));
  return Secret(io::EncodeBase64(plain.Reveal()));
}

void AddSecrets(const HttpAuth& auth, Redactor& redactor) {
  for (const Secret* secret :
       {&auth.user, &auth.password, &auth.token, &auth.client_id, &auth.client_secret,
        &auth.access_key, &auth.secret_key, &auth.session_token}) {
    redactor.Add(*secret);
  }
  if (auth.scheme == Scheme::kBasic) redactor.Add(BasicCredentials(auth.user, auth.password));
  if (auth.scheme == Scheme::kOauth2) {
    redactor.Add(BasicCredentials(auth.client_id, auth.client_secret));
  }
}

std::string WhyUnsendable(const HttpAuth& auth) {
  for (const Secret* secret :
       {&auth.user, &auth.password, &auth.token, &auth.client_id, &auth.client_secret,
        &auth.access_key, &auth.secret_key, &auth.session_token}) {
    if (BreaksALine(secret->Reveal())) return "auth: line break or NUL in a value";
  }
  // RFC 7617, 2: the first colon ends the name.
  if (auth.scheme == Scheme::kBasic && auth.user.Reveal().find(':') != std::string_view::npos) {
    return "auth: a colon in the user of basic authentication";
  }
  return {};
}

std::string_view RequestTarget(const io::Url& url) {
  const std::string_view text = url.text;
  const std::size_t host = text.find("://");
  if (host == std::string_view::npos) return "/";
  const std::size_t path = text.find_first_of("/?", host + 3);
  return path == std::string_view::npos ? "/" : text.substr(path);
}

std::string HostField(const io::Url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  // Without its zone, which means something on this machine alone (RFC 6874).
  std::string host = is_ipv6 ? "[" + url.host.substr(0, url.host.find('%')) + "]" : url.host;
  const bool is_default = url.port == (url.scheme == "https" ? 443 : 80);
  return is_default ? host : fmt::format("{}:{}", host, url.port);
}

}  // namespace gaikei
