// Starts `rtreview lsp` for designs: all else is what the server says.
const { window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("rtreview").get("path");
  const server = { command, args: ["lsp"] };
  client = new LanguageClient("rtreview", "rtreview", server, {
    documentSelector: [
      { scheme: "file", pattern: "**/*.rtreview.{yaml,yml}" },
      { scheme: "file", language: "markdown" },
    ],
  });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `rtreview cannot be started as \`${command}\`: ${error.message}. ` +
        "Install it with `pip install 'rtreview[lsp]'`, or set `rtreview.path`.",
    );
  }
};

exports.deactivate = () => client?.stop();
