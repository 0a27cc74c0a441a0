// Keeps a short text in the browser: a name, or the address that somebody wanted before they had to log in.
export default function ({ data }) {
  const value = data.here ? location.pathname + location.search : data.value;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie =
    `${data.name}=${encodeURIComponent(value)}; Path=/; Max-Age=${data.seconds}; SameSite=Lax${secure}`;
}
