#include "probe/import/curl_command.h"

#include <fmt/format.h>

#include "probe/import/curl_options.h"
#include "probe/import/curl_step.h"
#include "probe/import/request_body.h"
#include "probe/import/shell_words.h"
#include "probe/import/verify.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Refused = tl::unexpected<std::string>;

bool IsCurl(std::string_view word) {
  const std::string_view name = word.substr(word.find_last_of('/') + 1);
  return name == "curl" || name == "curl.exe";
}

/// Adds the steps of one command.
tl::expected<void, std::string> AddCommand(std::span<const std::string> words,
                                           ImportedJourney& journey) {
  if (words.empty()) return Refused("no command");
  if (!IsCurl(words[0])) {
    return Refused(fmt::format("\"{}\" is no curl command", Escape(words[0], 40)));
  }
  for (const std::string& word : words) {
    if (!IsValidUtf8(word) || word.find('\0') != std::string::npos) {
      return Refused("a word that is not UTF-8, which TOML cannot hold");
    }
  }
  const auto requests = ReadCurlOptions(words.subspan(1));
  if (!requests) return Refused(requests.error());
  for (const CurlRequest& request : *requests) {
    for (const std::string& url : request.urls) {
      if (journey.steps.size() == kImportedSteps) {
        return Refused(fmt::format("more than {} requests", kImportedSteps));
      }
      auto step = CurlStep(request, url, journey.steps, journey.secrets);
      if (!step) return Refused(step.error());
      journey.steps.push_back(std::move(*step));
    }
  }
  return {};
}

}  // namespace

tl::expected<ImportedJourney, std::string> ImportCurlScript(std::string_view text,
                                                            const std::string& name) {
  if (text.size() > kImportLimit) return Refused("larger than 16 MiB");
  const auto commands = SplitShell(text);
  if (!commands) {
    return Refused(fmt::format("{}:{}: {}", commands.error().line, commands.error().column,
                               commands.error().message));
  }
  if (commands->empty()) return Refused("no curl command");
  ImportedJourney journey;
  journey.name = name;
  journey.source = "curl";
  for (const ShellCommand& command : *commands) {
    if (auto done = AddCommand(command.words, journey); !done) {
      return Refused(fmt::format("{}:1: {}", command.line, done.error()));
    }
  }
  if (std::string why = WhyInvalid(journey); !why.empty()) return Refused(std::move(why));
  return journey;
}

tl::expected<ImportedJourney, std::string> ImportCurlWords(std::span<const std::string> words,
                                                           const std::string& name) {
  ImportedJourney journey;
  journey.name = name;
  journey.source = "curl";
  if (auto done = AddCommand(words, journey); !done) return Refused(done.error());
  if (std::string why = WhyInvalid(journey); !why.empty()) return Refused(std::move(why));
  return journey;
}

}  // namespace gaikei
