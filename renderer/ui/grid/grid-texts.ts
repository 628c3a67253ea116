/** The words of every grid; the console's catalogue provides them. */
export interface GridTexts {
  columns: string;
  export: string;
  search: string;
  clearSearch: string;
  nothingMatches: string;
  showAll: string;
  loading: string;
  retry: string;
  sortAscending: string;
  sortDescending: string;
  moveLeft: string;
  moveRight: string;
  wider: string;
  narrower: string;
  hideColumn: string;
  resetLayout: string;
  clearFilter: string;
  lastColumn: string;
  noFilter: string;
  noClipboard: string;
  notRead: string;
  rowMenu: string;
  columnMenu: string;
  count: (total: number, selected: number) => string;
  cut: (limit: number) => string;
}
