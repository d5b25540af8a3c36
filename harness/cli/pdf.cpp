#include "cli/pdf.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "lab/child_process.h"
#include "report/run_results.h"

namespace karpspec::cli {
namespace {

namespace fs = std::filesystem;

// A report of thousands of tests takes one of them on a slow machine.
constexpr std::chrono::minutes longest{8};
constexpr std::size_t most_said = 600;

// A directory that is gone with this object.
class Workplace {
 public:
  Workplace() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "karpspec-pdf-XXXXXX").string();
    if (!error && ::mkdtemp(name.data()) != nullptr)
      path_ = name;
  }
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty())
      fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool begins_like_pdf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(5, '\0');
  return in.read(start.data(), 5) && start == "%PDF-";
}

}  // namespace

Result<void> write_pdf(const std::string& path, const std::string& html) {
  const Workplace work;
  if (work.path().empty())
    return fail(ErrorCode::io, std::string("no temporary directory: ") + std::strerror(errno));
  const std::string page = work.path() + "/report.html";
  const std::string printed = work.path() + "/report.pdf";
  KARPSPEC_CHECK(report::write_file(page, html));
  lab::ChildOptions options;
  options.command = {"chromium",
                     "--headless",
                     "--disable-gpu",
                     "--disable-dev-shm-usage",
                     "--disable-extensions",
                     "--no-first-run",
                     "--no-pdf-header-footer",
                     "--user-data-dir=" + work.path() + "/profile",
                     "--print-to-pdf=" + printed};
  // Chromium's sandbox is made of what root may not have.
  if (geteuid() == 0)
    options.command.emplace_back("--no-sandbox");
  options.command.push_back("file://" + page);
  options.working_directory = work.path();
  const char* search = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): before any thread
  options.environment = {{"HOME", work.path()},
                         {"XDG_RUNTIME_DIR", work.path()},
                         {"PATH", search == nullptr ? "/usr/bin:/bin" : search}};
  const auto done = lab::run_command(options, longest);
  if (!done && done.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found,
                "a PDF is printed by Chromium, which is not there (Debian package chromium): " +
                    done.error().message);
  }
  if (!done)
    return fail(done.error().code, "Chromium did not print a PDF: " + done.error().message);
  if (!done->status.success() || !begins_like_pdf(printed)) {
    const std::string& said = done->output;
    return fail(
        ErrorCode::io,
        "Chromium did not print a PDF (" + lab::to_string(done->status) + "): " +
            one_line(said.size() > most_said ? said.substr(said.size() - most_said) : said));
  }
  std::error_code error;
  fs::copy_file(printed, path, fs::copy_options::overwrite_existing, error);
  if (error)
    return fail(ErrorCode::io, path + ": " + error.message());
  return {};
}

}  // namespace karpspec::cli
