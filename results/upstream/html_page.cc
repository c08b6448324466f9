#include "results/upstream/html_page.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kTitleLimit = 100;
/// A title stands at the beginning of a page.
constexpr std::size_t kLookedAt = 4096;

}  // namespace

std::string PageTitle(std::string_view html) {
  constexpr std::string_view kBegin = "<title>";
  html = html.substr(0, kLookedAt);
  const std::size_t begin = html.find(kBegin);
  if (begin == std::string_view::npos) return {};
  html.remove_prefix(begin + kBegin.size());
  return Escape(html.substr(0, html.find('<')), kTitleLimit);
}

bool IsAboutTheConnection(std::string_view html) {
  constexpr std::array<std::string_view, 3> kTitles = {"No required SSL certificate was sent",
                                                       "The SSL certificate error",
                                                       "The plain HTTP request was sent to HTTPS"};
  const std::string title = PageTitle(html);
  return std::any_of(kTitles.begin(), kTitles.end(),
                     [&](std::string_view text) { return title.find(text) != std::string::npos; });
}

}  // namespace gaikei
