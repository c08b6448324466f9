#include "probe/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 every outcome is pass or warn; 1 some outcome is fail; 3 none failed, some are "
    "unknown;\n2 the command line or the configuration is wrong; 4 (once) samples could neither be "
    "delivered nor kept.\nDocumentation: docs/ beside the source, or /usr/share/doc/gaikei.";

void AddCommon(CLI::App& app, CommonOptions& common) {
  app.add_option("--color", common.color, "Colours: auto, always or never (NO_COLOR is honoured)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->option_text("WHEN");
  app.add_flag("-q,--quiet", common.log.quiet, "Say less");
  app.add_flag("-v,--verbose", common.log.verbose, "Say more; outcomes show response headers");
  app.add_option_function<std::string>(
         "--log-format", [&common](const std::string& text) { common.log.json = text == "json"; },
         "Log to standard error as text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
}

void AddConfig(CLI::App& app, CommonOptions& common) {
  app.add_option("-c,--config", common.sources.paths,
                 "Configuration file or directory (repeatable; default gaikei.toml, then "
                 "/etc/gaikei/gaikei.toml)")
      ->expected(1)
      ->take_all()
      ->option_text("FILE");
  app.add_option("--region", common.sources.region,
                 "Which region this prober is (over GAIKEI_REGION and the file)")
      ->option_text("NAME");
}

void AddOutput(CLI::App& app, CommonOptions& common) {
  app.add_option("-o,--output", common.output,
                 "text, json, junit, prometheus or nagios (default: text on a terminal, else json)")
      ->check(CLI::IsMember({"text", "json", "junit", "prometheus", "nagios"}))
      ->option_text("FORMAT");
}

/// A repeatable option that takes one value each time.
void AddList(CLI::App& app, const char* name, std::vector<std::string>& into, const char* help,
             const char* value) {
  app.add_option(name, into, help)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->option_text(value);
}

void AddCheck(CLI::App& app, CommandLine& line) {
  CheckFlags& flags = line.flags;
  app.add_option("TARGET", line.targets,
                 "What to look at: https://host/path, http://..., or a bare host or host/path")
      ->required();
  AddList(app, "--expect", flags.expect, "What must hold, else fail: 'status == 200' (repeatable)",
          "EXPR");
  AddList(app, "--warn", flags.warn, "What should hold, else warn: 'duration < 800ms' (repeatable)",
          "EXPR");
  app.add_option("--method", flags.method, "HTTP method (GET, or POST with --body)")
      ->option_text("METHOD");
  AddList(app, "-H,--header", flags.headers, "Request header (repeatable)", "'NAME: VALUE'");
  app.add_option("--body", flags.body, "Request body")->option_text("TEXT");
  app.add_option("--timeout", flags.timeout, "Total deadline (default 10s)")
      ->option_text("DURATION");
  AddList(app, "--resolve-via", line.resolve_via,
          "DNS server to resolve names with: ADDRESS[:PORT] (repeatable, asked in order)",
          "SERVER");
  app.add_option("--address", flags.address, "Connect to this address instead of resolving")
      ->option_text("IP");
  auto* four = app.add_flag("-4", flags.ipv4, "IPv4 only");
  app.add_flag("-6", flags.ipv6, "IPv6 only")->excludes(four);
  app.add_flag("--insecure", flags.insecure, "Note certificate problems without judging them");
  app.add_option("--cacert", flags.cacert, "PEM file of trusted roots instead of the system's")
      ->option_text("FILE");
  app.add_option("--cert", flags.cert, "Client certificate, PEM")->option_text("FILE");
  app.add_option("--key", flags.key, "Private key of --cert, PEM")->option_text("FILE");
  app.add_option("--http", flags.http, "HTTP version: 1.1, 2 or 3")->option_text("VERSION");
  app.add_option("--max-redirects", flags.max_redirects, "Redirects followed (default 10; 0: none)")
      ->option_text("N");
  auto* allow = app.add_flag("--allow-private", flags.allow_private,
                             "Follow redirects from public to private addresses");
  app.add_flag("--deny-private", flags.deny_private, "Refuse private addresses")->excludes(allow);
}

/// The whole command line as CLI11 sees it, filling `line`.
std::unique_ptr<CLI::App> MakeApp(CommandLine& line) {
  auto app = std::make_unique<CLI::App>(
      "gaikei looks at services from outside, the way their users do.", "gaikei");
  app->require_subcommand(1);
  app->footer(kFooter);
  app->set_help_flag("-h,--help", "Print this help");

  auto* check = app->add_subcommand("check", "Look now, and print what was seen");
  AddCheck(*check, line);
  AddOutput(*check, line.common);
  auto* once =
      app->add_subcommand("once", "Run every configured check once, deliver the samples, exit");
  once->add_option("--deadline", line.deadline, "End by then; what is unfinished becomes unknown")
      ->option_text("DURATION");
  AddOutput(*once, line.common);
  auto* run = app->add_subcommand("run", "Run as a daemon");
  auto* validate = app->add_subcommand(
      "validate", "Check the configuration, report every error with file:line:column");
  auto* init = app->add_subcommand("init", "Write a commented starter configuration");
  init->add_option("FILE", line.path, "Where to (default gaikei.toml; - is standard output)");
  init->add_flag("--force", line.force, "Overwrite a file that exists");
  auto* demo = app->add_subcommand(
      "demo", "A self-contained show on this machine: targets that misbehave on cue");
  demo->add_flag("--once", line.demo_once,
                 "Look at each once, print the table, exit 0 if all came out as announced");
  demo->add_option("--listen", line.listen,
                   "Where the HTTP endpoints listen (default 127.0.0.1:9115)")
      ->option_text("ADDRESS:PORT");
  auto* version = app->add_subcommand("version", "Print the version and those of the libraries");
  auto* help = app->add_subcommand("help", "Print help for a command");
  help->add_option("COMMAND", line.path, "Which command");

  for (auto* command : {check, once, run, validate}) AddConfig(*command, line.common);
  for (auto* command : {check, once, run, validate, init, demo, version, help}) {
    AddCommon(*command, line.common);
  }
  return app;
}

}  // namespace

CliResult ReadCommandLine(int argc, char** argv) {
  CommandLine line;
  auto app = MakeApp(line);
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    line.command = "version";
    return {std::move(line), 0};
  }
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::string name;
    for (const auto* command : app->get_subcommands()) name = command->get_name();
    std::fputs(HelpText(name).c_str(), stdout);
    return {std::nullopt, 0};
  } catch (const CLI::ParseError& error) {
    if (argc <= 1) {
      std::fputs(HelpText("").c_str(), stderr);
    } else {
      std::fprintf(stderr, "gaikei: %s\n", Escape(error.what()).c_str());
      std::fputs("Run \"gaikei help\" or \"gaikei help COMMAND\" for what can be said.\n", stderr);
    }
    return {std::nullopt, 2};
  }
  line.command = app->get_subcommands().front()->get_name();
  return {std::move(line), 0};
}

std::string HelpText(const std::string& command) {
  CommandLine line;
  auto app = MakeApp(line);
  if (command.empty()) return app->help();
  for (const auto* found : app->get_subcommands({})) {
    if (found->get_name() == command) return found->help();
  }
  return "";
}

}  // namespace gaikei
