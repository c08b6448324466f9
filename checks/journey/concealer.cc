#include "checks/journey/concealer.h"

#include <algorithm>
#include <utility>

#include "checks/parts/json_text.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::string_view kInstead = "<secret>";
constexpr std::string_view kCut = "...";  ///< of Escape()
/// Less of a secret's beginning than this may stand at the end of a text that was cut.
constexpr std::size_t kTellingBeginning = 4;
constexpr std::size_t kUncut = 1024 * 1024;

std::string LowerHex(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (std::size_t digit = i + 1; digit <= i + 2; ++digit) {
      if (text[digit] >= 'A' && text[digit] <= 'F') {
        text[digit] = static_cast<char>(text[digit] - 'A' + 'a');
      }
    }
  }
  return text;
}

}  // namespace

void Concealer::Add(const Secret& secret) {
  const std::string_view text = secret.Reveal();
  if (!secret.is_secret() || text.size() < kConcealedLength) return;
  AddForm(std::string(text));
  AddForm(Escape(text, kUncut));
  const std::string json = JsonEscape(text);
  AddForm(json);
  AddForm(Escape(json, kUncut));
  for (const bool is_form : {false, true}) {
    std::string encoded = is_form ? FormEncoded(text) : PercentEncoded(text);
    AddForm(LowerHex(encoded));
    AddForm(std::move(encoded));
  }
}

void Concealer::AddForm(std::string form) {
  const auto is_same = [&](const Secret& known) { return known.Reveal() == form; };
  if (std::any_of(forms_.begin(), forms_.end(), is_same)) return;
  const auto place = std::find_if(forms_.begin(), forms_.end(), [&](const Secret& known) {
    return known.Reveal().size() < form.size();
  });
  forms_.insert(place, Secret(std::move(form)));
}

bool Concealer::Finds(std::string_view text) const {
  return std::any_of(forms_.begin(), forms_.end(), [text](const Secret& form) {
    return text.find(form.Reveal()) != std::string_view::npos;
  });
}

std::string Concealer::Conceal(std::string text) const {
  for (const Secret& form : forms_) {
    for (std::size_t at = text.find(form.Reveal()); at != std::string::npos;
         at = text.find(form.Reveal(), at + kInstead.size())) {
      text.replace(at, form.Reveal().size(), kInstead);
    }
  }
  if (!text.ends_with(kCut)) return text;
  const std::string_view kept = std::string_view(text).substr(0, text.size() - kCut.size());
  std::size_t longest = 0;
  for (const Secret& form : forms_) {
    for (std::size_t size = std::min(kept.size(), form.Reveal().size()); size > longest; --size) {
      if (kept.ends_with(form.Reveal().substr(0, size))) longest = size;
    }
  }
  if (longest < kTellingBeginning) return text;
  return std::string(kept.substr(0, kept.size() - longest)).append(kInstead).append(kCut);
}

void Concealer::CleanTexts(std::vector<std::string>& texts) const {
  for (std::string& text : texts) CleanText(text);
}

void Concealer::CleanTls(TlsEvidence& tls) const {
  CleanText(tls.verify_error);
  CleanText(tls.server_name);
  CleanText(tls.matched_name);
  for (auto* chain : {&tls.chain, &tls.verified_chain}) {
    for (CertificateInfo& certificate : *chain) {
      CleanText(certificate.subject);
      CleanText(certificate.issuer);
      CleanTexts(certificate.san);
    }
  }
  for (TlsLint& lint : tls.lints) CleanText(lint.detail);
}

void Concealer::CleanHttp(HttpEvidence& http) const {
  for (HttpHop& hop : http.redirects) {
    CleanText(hop.url);
    CleanText(hop.location);
  }
  CleanText(http.location);
  for (auto& [name, value] : http.headers) {
    CleanText(name);
    CleanText(value);
  }
  CleanTexts(http.notes);
}

void Concealer::Clean(Observation& seen) const {
  CleanText(seen.message);
  CleanTexts(seen.notes);
  for (ExpectResult& result : seen.expect) {
    CleanText(result.actual);
    CleanText(result.error);
  }
  if (seen.http) CleanHttp(*seen.http);
  if (seen.tls) CleanTls(*seen.tls);
  if (seen.resolve) {
    CleanTexts(seen.resolve->notes);
    CleanTexts(seen.resolve->https);
  }
  for (Observation& step : seen.steps) Clean(step);
}

}  // namespace gaikei
