#include "checks/parts/dialogue_template.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Error = tl::unexpected<std::string>;

/// A reference at the beginning of `text`, behind its dollar; takes what it is made of.
tl::expected<std::string_view, std::string> TakeName(std::string_view& text) {
  if (!text.empty() && text.front() >= '1' && text.front() <= '9') {
    const std::string_view name = text.substr(0, 1);
    text.remove_prefix(1);
    return name;
  }
  if (!text.empty() && text.front() == '{') {
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return Error("${ without its }");
    const std::string_view name = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!name.empty()) return name;
  }
  return Error("a dollar must be $1 to $9, ${name} or $$, which is a dollar itself");
}

tl::expected<std::size_t, std::string> FindGroup(std::string_view name, const re2::RE2* before) {
  if (before == nullptr) {
    return Error(
        fmt::format("group {} is asked for, and no expect stands before", Escape(name, 40)));
  }
  if (std::all_of(name.begin(), name.end(), IsDigit) && name.size() <= 4) {
    const auto number = static_cast<std::size_t>(std::stoul(std::string(name)));
    if (number >= 1 && number <= static_cast<std::size_t>(before->NumberOfCapturingGroups())) {
      return number;
    }
  } else {
    const auto& names = before->NamedCapturingGroups();
    const auto it = names.find(std::string(name));
    if (it != names.end()) return static_cast<std::size_t>(it->second);
  }
  return Error(fmt::format("the expect before has no group {}", Escape(name, 40)));
}

}  // namespace

tl::expected<DialogueTemplate, std::string> DialogueTemplate::Compile(const Secret& text,
                                                                      const re2::RE2* before) {
  DialogueTemplate compiled;
  if (text.is_secret()) {
    compiled.pieces_.push_back({text, 0});
    return compiled;
  }
  std::string literal;
  for (std::string_view rest = text.Reveal(); !rest.empty();) {
    const char first = rest.front();
    rest.remove_prefix(1);
    if (first != '$') {
      literal += first;
      continue;
    }
    if (rest.starts_with('$')) {
      literal += '$';
      rest.remove_prefix(1);
      continue;
    }
    const auto name = TakeName(rest);
    if (!name) return Error(name.error());
    const auto group = FindGroup(*name, before);
    if (!group) return Error(group.error());
    compiled.pieces_.push_back({Secret(std::exchange(literal, {}), false), *group});
  }
  if (!literal.empty()) compiled.pieces_.push_back({Secret(std::move(literal), false), 0});
  return compiled;
}

std::optional<std::string> DialogueTemplate::Fill(const std::vector<std::string>& groups,
                                                  std::size_t limit) const {
  std::string filled;
  for (const Piece& piece : pieces_) {
    const std::string_view group =
        piece.group > 0 ? std::string_view(groups.at(piece.group)) : std::string_view();
    if (filled.size() + piece.text.Reveal().size() + group.size() > limit) return {};
    filled += piece.text.Reveal();
    filled += group;
  }
  return filled;
}

}  // namespace gaikei
