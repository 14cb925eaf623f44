// Stands before the service worker of ReplayWeb.page: whatever that gives to a page of this origin
// leaves with our policy, so that an archived script reaches nothing but the archive.
// The same script is also started as a plain worker, which answers nobody.
if (self.FetchEvent) {
  const policies = new URL(self.location.href).pathname.replace(/[^/]*$/, "");
  const answer = FetchEvent.prototype.respondWith;
  const archived = "{{archived}}";
  const shell = "{{shell}}";
  const refused = () =>
    new Response("Archived pages are shown in a frame of the reading room only.", {
      status: 403,
      headers: { "Content-Type": "text/plain", "Content-Security-Policy": "sandbox" },
    });
  // No policy knows WebRTC. A page that takes it from an empty frame it makes still has it.
  const shut = "<script>for (const each of ['RTCPeerConnection', 'webkitRTCPeerConnection', " +
    "'WebTransport']) delete self[each]; document.currentScript.remove()<\/script>";
  const shutIn = async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer());
    const start = String.fromCharCode(...bytes.subarray(0, 16384));
    const found = /<head[^>]*>/i.exec(start) || /^\s*<!doctype[^>]*>/i.exec(start);
    const at = found ? found.index + found[0].length : 0;
    return new Blob([bytes.subarray(0, at), shut, bytes.subarray(at)]);
  };
  const guarded = async (request, response) => {
    if (!response || response.type === "error" || response.type.startsWith("opaque")) {
      return response;
    }
    const inside = new URL(request.url).pathname.startsWith(policies + "w/");
    const headers = new Headers(response.headers);
    for (const name of ["Content-Security-Policy-Report-Only", "Link", "Refresh", "Report-To",
      "Reporting-Endpoints", "NEL", "Set-Cookie", "Origin-Trial", "Service-Worker-Allowed",
      "Access-Control-Allow-Origin"]) {
      headers.delete(name);
    }
    headers.set("Content-Security-Policy", inside ? archived : shell);
    headers.set("Referrer-Policy", "same-origin");
    headers.set("X-DNS-Prefetch-Control", "off");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Permissions-Policy", "{{permissions}}");
    const bodiless = [101, 204, 205, 304].includes(response.status);
    let body = bodiless ? null : response.body;
    if (body && inside && /html/i.test(headers.get("Content-Type") || "")) {
      body = await shutIn(response);
      headers.delete("Content-Length");
    }
    return new Response(body, {
      status: response.status, statusText: response.statusText, headers,
    });
  };
  FetchEvent.prototype.respondWith = function (given) {
    const request = this.request;
    if (request.mode === "navigate" && request.destination === "document") {
      return answer.call(this, refused());
    }
    return answer.call(this, Promise.resolve(given).then((found) => guarded(request, found)));
  };
}
importScripts("replaywebpage.js");
