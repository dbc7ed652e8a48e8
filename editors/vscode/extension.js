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
  // Why it failed, the client has told by then.
  await client.start().catch(() =>
    window.showErrorMessage(
      `Install rtreview with \`pip install 'rtreview[lsp]'\`, or set \`rtreview.path\`: \`${command}\` was tried.`,
    ),
  );
};

exports.deactivate = () => client?.stop();
