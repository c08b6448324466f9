#include "probe/config/step_templates.h"

#include <fmt/format.h>

#include <array>

#include "probe/config/secrets.h"

namespace gaikei {
namespace {

/// The keys whose texts may hold ${name}, and what their texts are.
struct TemplateKey {
  std::string_view key;
  Place place;
};

constexpr std::array kKeys = {
    TemplateKey{"headers", Place::kHeader}, TemplateKey{"cookies", Place::kHeader},
    TemplateKey{"auth", Place::kHeader},    TemplateKey{"body", Place::kRaw},
    TemplateKey{"json", Place::kRaw},       TemplateKey{"form", Place::kRaw},
    TemplateKey{"multipart", Place::kRaw},
};

class Verifier {
 public:
  Verifier(Place place, const KnownVariables& variables, ErrorList& errors)
      : place_(place), variables_(variables), errors_(errors) {}

  void Visit(const Node& node) {
    if (node.kind == NodeKind::kString) return Text(node);
    if (IsSecretReference(node)) return Reference(node);
    for (const Node& child : node.children) Visit(child);
  }

 private:
  void Text(const Node& node) {
    const auto compiled = Template::Compile(node.text, place_);
    if (!compiled) {
      errors_.Add(PositionInString(node, compiled.error().offset), compiled.error().message);
      return;
    }
    for (const Template::Reference& reference : compiled->references()) {
      variables_.Verify(reference.name, PositionInString(node, reference.offset), errors_);
    }
  }

  /// What is wrong with the secret itself is said where it is read.
  void Reference(const Node& node) {
    ErrorList already_told;
    const auto secret = FetchSecret(node, already_told);
    if (secret && secret->Reveal().find("${") != std::string_view::npos) {
      errors_.Add(node.position, "a secret with ${ in it cannot be used in a step");
    }
  }

  Place place_;
  const KnownVariables& variables_;
  ErrorList& errors_;
};

/// A word that `text` has not, for the `index`-th reference. A URL is too short to hold all ports.
std::string WordOutside(std::string_view text, std::size_t index, bool is_port) {
  constexpr std::size_t kLowest = 10000;
  constexpr std::size_t kPorts = 50000;
  for (std::size_t salt = 0;; ++salt) {
    std::string word = is_port ? std::to_string(kLowest + (index * 100 + salt) % kPorts)
                               : fmt::format("gaikei{}x{}x", salt, index);
    if (text.find(word) == std::string_view::npos) return word;
  }
}

/// True where the reference at `offset` is a port: behind a colon that is none of a scheme, before
/// the path.
bool IsPort(std::string_view text, std::size_t offset) {
  const std::size_t slashes = text.substr(0, offset).find("://");
  const std::size_t host = slashes == std::string_view::npos ? 0 : slashes + 3;
  const std::string_view before = text.substr(host, offset - host);
  const std::string_view rest = text.substr(offset);
  const bool is_user =
      rest.substr(0, rest.find_first_of("/?#")).find('@') != std::string_view::npos;
  return before.ends_with(':') && before.find_first_of("/?#") == std::string_view::npos && !is_user;
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

bool KnownVariables::Has(std::string_view name) const {
  return IsBuiltIn(name) || names_.contains(name);
}

void KnownVariables::Verify(std::string_view name, const Position& position,
                            ErrorList& errors) const {
  if (Has(name)) return;
  std::vector<std::string_view> known(names_.begin(), names_.end());
  known.insert(known.end(), {"uuid", "now", "now.unix", "region"});
  errors.Add(position, fmt::format("{} is captured by no step before this one{}", Quoted(name),
                                   DidYouMean(name, known)));
}

void VerifyTemplates(const Node& step, const KnownVariables& variables, ErrorList& errors) {
  for (const TemplateKey& row : kKeys) {
    const Node* node = step.Find(row.key);
    if (node != nullptr) Verifier(row.place, variables, errors).Visit(*node);
  }
}

tl::expected<Target, std::string> ParseTargetTemplate(std::string_view text,
                                                      const Template& compiled) {
  const Secret sample = compiled.Sample();
  auto target = ParseTarget(sample.Reveal());
  if (!target || text.find("${") == std::string_view::npos) return target;
  // A bare host has got its scheme.
  const std::size_t added = target->url.Reveal().size() - sample.Reveal().size();
  const std::string scheme(target->url.Reveal().substr(0, added));
  const bool is_secret = target->has_credentials;
  target->url = Secret(scheme + std::string(text), is_secret);

  // What is shown is made with a word in the place of each reference, and gets them back.
  std::string with_words = scheme;
  std::vector<std::pair<std::string, std::string>> words;
  std::size_t at = 0;
  for (const Template::Reference& reference : compiled.references()) {
    const std::string written = "${" + reference.name + "}";
    const std::size_t offset = text.find(written, at);
    if (offset == std::string_view::npos) break;
    std::string word = WordOutside(text, words.size(), IsPort(text, offset));
    if (offset == 0) word = "http://" + word;
    with_words += std::string(text.substr(at, offset - at)) + word;
    at = offset + written.size();
    words.emplace_back(std::move(word), written);
  }
  with_words += text.substr(at);
  auto shown = ParseTarget(with_words);
  target->shown = shown ? std::move(shown->shown) : target->shown;
  for (const auto& [word, written] : words) ReplaceAll(target->shown, word, written);
  return target;
}

}  // namespace gaikei
