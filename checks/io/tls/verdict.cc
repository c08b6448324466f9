#include "checks/io/tls/verdict.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "checks/io/net/address.h"
#include "checks/io/tls/certificate.h"
#include "checks/io/tls/tls_errors.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

/// OpenSSL's level of 112 bits: RSA from 2,048 bits, no MD5 and no SHA-1 in signatures.
constexpr int kSecurityLevel = 2;

struct Problem {
  int code;
  int depth;
  X509* certificate;  ///< borrowed; null: none at fault
};

/// Notes every problem and lets OpenSSL go on.
int OnProblem(int is_good, X509_STORE_CTX* context) noexcept {
  if (is_good == 0) {
    auto& problems = *static_cast<std::vector<Problem>*>(X509_STORE_CTX_get_app_data(context));
    if (problems.size() < 16) {
      problems.push_back({X509_STORE_CTX_get_error(context),
                          X509_STORE_CTX_get_error_depth(context),
                          X509_STORE_CTX_get_current_cert(context)});
    }
  }
  return 1;
}

bool WasPresented(STACK_OF(X509) * presented, const X509_NAME* subject) {
  for (int i = 0; i < sk_X509_num(presented); ++i) {
    if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(presented, i)), subject) == 0)
      return true;
  }
  return false;
}

/// The certificate says where that of its issuer can be fetched (RFC 5280, 4.2.2.1). Public
/// authorities have it so for what their intermediates issue; private ones hardly do.
bool TellsWhereIssuerIs(X509* certificate) {
  auto* places = static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr));
  bool tells = false;
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places); ++i) {
    const ACCESS_DESCRIPTION* place = sk_ACCESS_DESCRIPTION_value(places, i);
    tells = tells || OBJ_obj2nid(place->method) == NID_ad_ca_issuers;
  }
  AUTHORITY_INFO_ACCESS_free(places);
  return tells;
}

/// The issuer of the server's own certificate is not there. A root need not be sent, so that
/// nothing tells whether it is one that we do not know, or an intermediate that was left out.
std::string WithoutIssuer(X509* leaf) {
  const std::string issuer = NameText(X509_get_issuer_name(leaf));
  if (TellsWhereIssuerIs(leaf)) {
    return fmt::format(
        "chain incomplete, issuer {} not sent (browsers may fetch or remember it and still pass)",
        issuer);
  }
  return fmt::format(
      "issuer {} is neither sent nor trusted: an authority that is not known here (cacert would "
      "name it), or an intermediate that the server leaves out",
      issuer);
}

/// A certificate authority comes first, and something that is none behind it.
bool IsOutOfOrder(X509* leaf, STACK_OF(X509) * presented) {
  if (X509_check_ca(leaf) == 0) return false;
  for (int i = 1; i < sk_X509_num(presented); ++i) {
    if (X509_check_ca(sk_X509_value(presented, i)) == 0) return true;
  }
  return false;
}

std::string WhichOne(const Problem& problem) {
  if (problem.depth == 0 || problem.certificate == nullptr) return "certificate";
  return fmt::format("certificate {} of the chain ({})", problem.depth + 1,
                     NameText(X509_get_subject_name(problem.certificate)));
}

std::string NamesText(X509* leaf) {
  const std::vector<std::string> names = DescribeCertificate(leaf).san;
  if (names.empty()) return "it names none (no subjectAltName)";
  std::string text = "it is for ";
  for (std::size_t i = 0; i < names.size() && i < 4; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > 4) text += ", ...";
  return text;
}

std::string Explain(const Problem& problem, X509* leaf, STACK_OF(X509) * presented,
                    const std::string& name) {
  switch (problem.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return WhichOne(problem) + " has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return WhichOne(problem) + " is not yet valid";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("certificate is not for {}; {}", Escape(name), NamesText(leaf));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "certificate is signed by itself";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return WhichOne(problem) + " is a root that is not trusted";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return WhichOne(problem) + " has a key that is too weak";
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return WhichOne(problem) + " is signed with a digest that is too weak";
    default:
      break;
  }
  if (problem.code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY &&
      problem.certificate != nullptr) {
    const X509_NAME* issuer = X509_get_issuer_name(problem.certificate);
    if (problem.depth == 0 && !WasPresented(presented, issuer)) return WithoutIssuer(leaf);
    return fmt::format("chain ends at issuer {}, which is neither sent nor trusted",
                       NameText(issuer));
  }
  return WhichOne(problem) + " cannot be trusted: " + VerifyText(problem.code);
}

bool Prepare(X509_STORE_CTX* context, const TlsSetup& setup, X509* leaf, STACK_OF(X509) * presented,
             const std::string& name, WallTime now) {
  if (X509_STORE_CTX_init(context, setup.store(), leaf, presented) != 1) return false;
  X509_STORE_CTX_set_default(context, "ssl_server");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(
      param, static_cast<std::time_t>(
                 std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count()));
  // An intermediate that the operator trusts is trusted, as curl has it.
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (Address::Parse(name, 0)) {
    return X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str()) == 1;
  }
  std::string absolute = name;
  if (absolute.size() > 1 && absolute.back() == '.') absolute.pop_back();
  return X509_VERIFY_PARAM_set1_host(param, absolute.c_str(), absolute.size()) == 1;
}

std::vector<std::shared_ptr<X509>> PathOf(X509_STORE_CTX* context) {
  std::vector<std::shared_ptr<X509>> path;
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const int count = sk_X509_num(chain);
  // What was presented alone is no path: nothing in it is trusted.
  if (X509_STORE_CTX_get_num_untrusted(context) >= count) return path;
  for (int i = 0; i < count; ++i) {
    X509* certificate = sk_X509_value(chain, i);
    X509_up_ref(certificate);
    path.emplace_back(certificate, X509_free);
  }
  return path;
}

std::string MatchedName(X509_STORE_CTX* context, const std::vector<Problem>& problems,
                        const std::string& name) {
  for (const Problem& problem : problems) {
    if (ReasonFromVerify(problem.code) == Reason::kTlsCertNameMismatch) return {};
  }
  const char* matched = X509_VERIFY_PARAM_get0_peername(X509_STORE_CTX_get0_param(context));
  return Escape(matched == nullptr ? name : matched);
}

void Judge(const std::vector<Problem>& problems, X509* leaf, STACK_OF(X509) * presented,
           const std::string& name, Verdict& verdict) {
  const Problem& first = problems.front();
  verdict.code = first.code;
  verdict.depth = first.depth;
  if (IsOutOfOrder(leaf, presented)) {
    // Whatever else is said of the certificate is said of the wrong one.
    verdict.reason = Reason::kTlsCertUntrusted;
    verdict.message = "chain in the wrong order, the server's own certificate is not the first";
    return;
  }
  verdict.reason = ReasonFromVerify(first.code);
  if (verdict.reason == Reason::kNone) verdict.reason = Reason::kTlsCertUntrusted;
  verdict.message = Explain(first, leaf, presented, name);
  Reason last = verdict.reason;
  for (const Problem& problem : problems) {
    const Reason reason = ReasonFromVerify(problem.code);
    if (reason == last || reason == verdict.reason) continue;
    last = reason;
    // A chain that was found wanting gives rise to follow-up errors of the same root.
    if (reason == Reason::kTlsCertUntrusted) continue;
    verdict.message += "; also: " + Explain(problem, leaf, presented, name);
  }
}

}  // namespace

Verdict VerifyChain(const TlsSetup& setup, X509* leaf, STACK_OF(X509) * presented,
                    const std::string& name, WallTime now) {
  struct Free {
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  };
  const std::unique_ptr<X509_STORE_CTX, Free> context(X509_STORE_CTX_new());
  Verdict verdict;
  if (context == nullptr || !Prepare(context.get(), setup, leaf, presented, name, now)) {
    verdict.reason = Reason::kProberInternal;
    verdict.code = X509_V_ERR_UNSPECIFIED;
    verdict.message = "verification cannot be set up";
    return verdict;
  }
  std::vector<Problem> problems;
  X509_STORE_CTX_set_app_data(context.get(), &problems);
  X509_STORE_CTX_set_verify_cb(context.get(), &OnProblem);
  const bool was_completed = X509_verify_cert(context.get()) == 1;
  if (!was_completed && problems.empty()) {
    problems.push_back({X509_STORE_CTX_get_error(context.get()), 0, nullptr});
  }
  verdict.path = PathOf(context.get());
  if (was_completed) verdict.matched_name = MatchedName(context.get(), problems, name);
  if (!problems.empty()) Judge(problems, leaf, presented, name, verdict);
  return verdict;
}

}  // namespace gaikei::io
